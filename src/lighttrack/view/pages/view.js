const byId = (id) => document.getElementById(id);
const view = byId("view"), context = view.getContext("2d");
const second = byId("second");
const timeline = byId("timeline"), strip = timeline.getContext("2d");
const token = new URLSearchParams(location.search).get("token") || "";
const saved = JSON.parse(byId("data").textContent || "null");
const CHUNK = 200;
let about = null, index = 0, chosen = null, playing = false, corrections = [], undone = [];
let chunks = new Map(), names = {}, image = null, imageOf = null, revision = 0, unsaved = false;

async function post(path, body) {
  const answer = await fetch(`${path.slice(1)}?token=${encodeURIComponent(token)}`, {
    method: "POST", body: JSON.stringify({ corrections, ...body }),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error);
  return value;
}

async function load() {
  about = saved ? saved.about : await post("/about", {});
  byId("comparing").hidden = byId("switched").hidden = !about.compared;
  names = about.names;
  if (revision === 0) index = about.first;
  revision += 1;
  chunks = new Map();
  index = Math.min(Math.max(index, about.first), about.last);
  listPeople();
  choose(about.people.some((row) => row.id === chosen) ? chosen : null);
  byId("undo").disabled = byId("save").disabled = !corrections.length;
  byId("redo").disabled = !undone.length;
  listMoments();
  await go(index);
}

async function chunkOf(frame) {
  if (saved) return saved.frames;
  const number = Math.floor((frame - about.first) / CHUNK);
  if (!chunks.has(number)) {
    const first = about.first + number * CHUNK;
    const last = Math.min(first + CHUNK - 1, about.last);
    chunks.set(number, post("/people", { first, last }));
  }
  return chunks.get(number);
}

async function go(frame) {
  index = Math.min(Math.max(frame, about.first), about.last);
  const wanted = index, asked = revision;
  const [chunk] = await Promise.all([chunkOf(wanted), loadImage(wanted)]);
  if (wanted !== index || asked !== revision) return;
  draw(chunk.people[wanted] || [], chunk.others[wanted] || []);
  drawTimeline();
  if (document.activeElement !== byId("frame")) byId("frame").value = index;
  const people = chunk.people[wanted] || [];
  byId("status").textContent = `frame ${index} of ${about.last} · ` +
    `${people.length} ${people.length === 1 ? "person" : "people"}` +
    (about.keyframes.includes(index) ? " · key frame" : "");
}

async function loadImage(frame) {
  if (!about.has_images || imageOf === frame) return;
  const next = new Image();
  next.src = `frame/${frame}.jpg?token=${encodeURIComponent(token)}`;
  try { await next.decode(); } catch { return; }
  if (frame === index) { image = next; imageOf = frame; }
}

let shown = [];
function draw(people, others) {
  shown = people;
  if (view.width !== about.width || view.height !== about.height) {
    view.width = about.width;
    view.height = about.height;
    for (const each of [view, second]) each.style.setProperty("--ratio", about.width / about.height);
  }
  const beside = about.compared && byId("beside").checked;
  second.hidden = !beside;
  byId("pair").classList.toggle("two", beside);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#15181b";
  context.fillRect(0, 0, view.width, view.height);
  if (image && about.has_images) context.drawImage(image, 0, 0, view.width, view.height);
  const options = { unit: unitOf(view, about.height), names, skeletons: byId("skeletons").checked,
    labels: byId("labels").checked, boxes: byId("boxes").checked };
  if (beside) drawSecond(others, options);
  else if (others.length) {
    const plain = others.map((person) => ({ ...person, color: "#ffffff", state: "lost" }));
    drawPeople(context, plain, about, { ...options, skeletons: false, names: {} });
  }
  drawPeople(context, people, about, options);
  const person = people.find((each) => each.id === chosen);
  if (person) {
    const [x0, y0, x1, y1] = person.box;
    context.strokeStyle = "#ffffff";
    context.lineWidth = 2.5 * options.unit;
    context.strokeRect(x0 - 3, y0 - 3, x1 - x0 + 6, y1 - y0 + 6);
  }
}

function drawSecond(others, options) {
  const field = second.getContext("2d");
  second.width = view.width;
  second.height = view.height;
  field.fillStyle = "#15181b";
  field.fillRect(0, 0, second.width, second.height);
  if (image && about.has_images) field.drawImage(image, 0, 0, second.width, second.height);
  const skeletons = others.some((person) => person.keypoints.some((point) => point !== null && point[2] > 0));
  drawPeople(field, others, about, { ...options, names: {}, boxes: options.boxes || !skeletons });
}

/* Sizes of the timeline, in CSS pixels. */
function sizes() {
  const em = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const width = timeline.clientWidth;
  return { em, width, left: Math.min(90 * em, width / 4), row: 18 * em, top: 20 * em };
}

function drawTimeline() {
  const style = getComputedStyle(document.body);
  const ink = style.getPropertyValue("--ink"), faint = style.getPropertyValue("--faint");
  const { em, width, left, row: tall, top } = sizes(), density = window.devicePixelRatio || 1;
  const height = Math.max(3 * tall, top + 4 * em + tall * about.people.length);
  timeline.style.height = `${height}px`;
  timeline.width = Math.round(width * density);
  timeline.height = Math.round(height * density);
  strip.setTransform(density, 0, 0, density, 0, 0);
  const span = Math.max(about.last - about.first, 1), long = width - left - 8;
  const at = (frame) => left + ((frame - about.first) / span) * long;
  strip.font = `${12 * em}px system-ui, sans-serif`;
  strip.fillStyle = "#d9a400";
  for (const frame of about.keyframes) strip.fillRect(at(frame), 2 * em, Math.max(1, em), 5 * em);
  strip.fillStyle = "#d93025";
  for (const moment of about.moments) strip.fillRect(at(moment.frame) - em, 9 * em, 2 * em, 6 * em);
  const rows = new Map(about.people.map((row, number) => [row.id, top + number * tall]));
  for (const row of about.people) drawRow(row, rows.get(row.id), { em, left, tall, long, at, ink, faint });
  for (const moment of about.moments) {
    strip.fillStyle = "#d93025";
    for (const id of moment.ids) strip.fillRect(at(moment.frame) - em, rows.get(id), 2 * em, 4 * em);
  }
  for (const change of about.switches) {
    strip.fillStyle = "#000";
    strip.fillRect(at(change.frame) - 2.5 * em, rows.get(change.id) - em, 5 * em, tall);
    strip.fillStyle = "#fff";
    strip.fillRect(at(change.frame) - 1.5 * em, rows.get(change.id), 3 * em, tall - 2 * em);
  }
  strip.fillStyle = ink;
  strip.fillRect(at(index), 0, 1.5 * em, height);
}

function drawRow(row, y, { em, left, tall, long, at, ink, faint }) {
  const isChosen = row.id === chosen, full = tall - 4 * em;
  strip.fillStyle = isChosen ? ink : faint;
  strip.save();
  strip.beginPath();
  strip.rect(0, y, left - 4 * em, tall);
  strip.clip();
  strip.fillText((isChosen ? "● " : "") + (names[row.id] || row.id), 4 * em, y + 13 * em);
  strip.restore();
  strip.fillStyle = row.color;
  strip.save();
  strip.beginPath();
  for (const [first, last, state] of row.stretches) {
    const wide = Math.max(at(last) - at(first), 2 * em);
    strip.globalAlpha = 0.35;
    strip.fillRect(at(first), y + 2 * em, wide, full);
    if (state !== "lost" && state !== "unconfirmed") strip.rect(at(first), y, wide, tall);
  }
  strip.clip();
  strip.globalAlpha = 1;
  const part = long / about.parts;
  row.sure.forEach((sure, number) => {
    const high = full * (sure || 0);
    strip.fillRect(left + (row.sure_from + number) * part, y + 2 * em + full - high, part + 0.5, high);
  });
  strip.restore();
}

function listPeople() {
  const nobody = new Option("– click one –", "");
  byId("who").replaceChildren(nobody, ...about.people.map(({ id }) => new Option(labelOf(id), id)));
}

const labelOf = (id) => (names[id] ? `${id} (${names[id]})` : String(id));

function listMoments() {
  const list = byId("moments");
  list.replaceChildren();
  const add = (text, frame, ids) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.className = "moment";
    button.textContent = text;
    button.onclick = () => { choose(ids[0]); byId("other").value = ids[1] ?? ""; go(frame); };
    item.append(button);
    list.append(item);
  };
  for (const { frame, id, other, before } of about.switches) {
    add(`frame ${frame}: ${names[id] || id} becomes ${other} of the other result, was ${before}`, frame, [id]);
  }
  for (const { time, frame, ids, why } of about.moments) {
    add(`${time} s: ${ids.map((id) => names[id] || id).join(" and ")} ${why}`, frame, ids);
  }
}

function choose(id) {
  chosen = id;
  byId("who").value = id === null ? "" : String(id);
  byId("name").value = id === null ? "" : names[id] || "";
}

function chooseNext(way) {
  const ids = about.people.map((row) => row.id);
  const next = chosen === null ? (way > 0 ? 0 : ids.length - 1) : ids.indexOf(chosen) + way;
  if (ids.length) choose(ids[Math.min(Math.max(next, 0), ids.length - 1)]);
  go(index);
}

function say(text, isError) {
  byId("said").textContent = text;
  byId("said").className = isError ? "error" : "status";
}

function sayCount() {
  const count = corrections.length;
  unsaved = count > 0;
  say(count === 0 ? "no corrections" : `${count} ${count === 1 ? "correction" : "corrections"}, not saved`);
}

async function correct(correction) {
  corrections.push(correction);
  if (about.retracks) say("tracking again from here …");
  const before = undone;
  undone = [];
  try {
    await load();
    sayCount();
  } catch (error) {
    corrections.pop();
    undone = before;
    say(error.message, true);
  }
}

function stretch() {
  const row = about.people.find((each) => each.id === chosen);
  const found = row && row.stretches.find(([first, last]) => first <= index && index <= last);
  return found || [index, index];
}

const other = () => Number.parseInt(byId("other").value, 10);
const acts = {
  swap: () => ({ do: "swap", first: chosen, second: other(), from_frame: index }),
  merge: () => ({ do: "merge", kept: chosen, merged: other() }),
  split: () => ({ do: "split", id: chosen, from_frame: index }),
  rename: () => ({ do: "rename", id: chosen, new: other() }),
  wrong: () => ({ do: "wrong", id: chosen, from_frame: stretch()[0], to_frame: stretch()[1] }),
  delete: () => ({ do: "delete", id: chosen }),
  refine: () => ({ do: "refine" }),
};
for (const [name, make] of Object.entries(acts)) {
  byId(name).disabled = Boolean(saved);
  byId(name).onclick = () => {
    if (chosen === null && name !== "refine") return say("choose a person first: click them, or their row", true);
    const correction = make();
    if (Object.values(correction).some((value) => Number.isNaN(value))) {
      return say("give the other id first", true);
    }
    return correct(correction);
  };
}
async function step(from, to) {
  if (!from.length) return;
  to.push(from.pop());
  try {
    await load();
    sayCount();
  } catch (error) {
    from.push(to.pop());
    say(error.message, true);
  }
}
byId("undo").onclick = () => step(corrections, undone);
byId("redo").onclick = () => step(undone, corrections);
byId("save").onclick = async () => {
  try {
    say(`saved as ${(await post("/save", {})).saved}`);
    unsaved = false;
  } catch (error) { say(error.message, true); }
};
byId("page").hidden = Boolean(saved);
byId("page").onclick = async () => {
  const answer = await fetch(`page?token=${encodeURIComponent(token)}`, {
    method: "POST", body: JSON.stringify({ corrections }),
  });
  if (!answer.ok) return say((await answer.json()).error, true);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `${about.title}.html`;
  link.click();
  URL.revokeObjectURL(link.href);
  return say(`saved as ${link.download}`);
};
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
byId("name").disabled = Boolean(saved);
byId("name").onchange = () => {
  const name = byId("name").value.trim();
  if (chosen === null) return say("choose a person first: click them, or their row", true);
  return correct({ do: "name", id: chosen, name });
};
byId("who").onchange = () => {
  choose(byId("who").value === "" ? null : Number(byId("who").value));
  go(index);
};

view.addEventListener("click", (event) => {
  const field = view.getBoundingClientRect();
  const x = ((event.clientX - field.left) * view.width) / field.width;
  const y = ((event.clientY - field.top) * view.height) / field.height;
  const inside = shown.filter(({ box }) => box[0] <= x && x <= box[2] && box[1] <= y && y <= box[3]);
  const size = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);
  inside.sort((a, b) => size(a) - size(b));
  choose(inside.length ? inside[0].id : null);
  go(index);
});
function frameAt(event) {
  const { left, width } = sizes();
  const share = (event.clientX - timeline.getBoundingClientRect().left - left) / (width - left - 8);
  return Math.round(about.first + Math.min(Math.max(share, 0), 1) * (about.last - about.first));
}
timeline.addEventListener("pointerdown", (event) => {
  const field = timeline.getBoundingClientRect(), { left, top, row: tall } = sizes();
  const row = about.people[Math.floor((event.clientY - field.top - top) / tall)];
  if (event.clientY - field.top >= top && row) choose(row.id);
  if (event.clientX - field.left > left) {
    timeline.setPointerCapture(event.pointerId);
    go(frameAt(event));
  } else go(index);
});
timeline.addEventListener("pointermove", (event) => {
  if (timeline.hasPointerCapture(event.pointerId)) go(frameAt(event));
});

async function play() {
  playing = !playing;
  byId("play").setAttribute("aria-pressed", playing);
  byId("play").textContent = playing ? "Pause" : "Play";
  while (playing && index < about.last) {
    const began = performance.now();
    await go(index + 1);
    const wait = 1000 / about.fps - (performance.now() - began);
    await new Promise((done) => setTimeout(done, Math.max(wait, 0)));
  }
  if (playing) play();
}
byId("play").onclick = play;
byId("back").onclick = () => go(index - 1);
byId("forth").onclick = () => go(index + 1);
byId("frame").onchange = () => {
  const wanted = Number.parseInt(byId("frame").value, 10);
  if (!Number.isNaN(wanted)) go(wanted);
};
for (const name of ["skeletons", "labels", "boxes", "beside"]) byId(name).onchange = () => go(index);
document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
  if (isTyping || event.target instanceof HTMLSelectElement || !about) return;
  if (event.ctrlKey || event.metaKey) {
    const wanted = event.key.toLowerCase();
    if (wanted === "z" || wanted === "y") {
      event.preventDefault();
      byId(wanted === "y" || event.shiftKey ? "redo" : "undo").click();
    }
    return;
  }
  const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -25, PageDown: 25 };
  if (event.key in steps) { event.preventDefault(); go(index + steps[event.key] * (event.shiftKey ? 10 : 1)); }
  const ways = { ArrowUp: -1, ArrowDown: 1 };
  if (event.key in ways) { event.preventDefault(); chooseNext(ways[event.key]); }
  if (event.key === "Home") go(about.first);
  if (event.key === "End") go(about.last);
  if (event.key === " " && !event.target.matches("button, input")) { event.preventDefault(); play(); }
});
new ResizeObserver(() => { if (revision) go(index); }).observe(byId("pair"));
load().catch((error) => say(error.message, true));
