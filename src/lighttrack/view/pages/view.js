const byId = (id) => document.getElementById(id);
const view = byId("view"), context = view.getContext("2d");
const second = byId("second");
const timeline = byId("timeline"), strip = timeline.getContext("2d");
const token = new URLSearchParams(location.search).get("token") || "";
const saved = JSON.parse(byId("data").textContent || "null");
const CHUNK = 200, ROW = 18;
let about = null, index = 0, chosen = null, playing = false, corrections = [], undone = [];
let chunks = new Map(), names = {}, image = null, imageOf = null, revision = 0;

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
  byId("comparing").hidden = !about.compared;
  if (revision === 0) { names = about.names; index = about.first; }
  revision += 1;
  chunks = new Map();
  index = Math.min(Math.max(index, about.first), about.last);
  if (!about.people.some((row) => row.id === chosen)) chosen = null;
  timeline.height = Math.max(60, 24 + ROW * about.people.length);
  byId("undo").disabled = !corrections.length;
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
  byId("status").textContent = `frame ${index} of ${about.last} · ${people.length} people` +
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
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#15181b";
  context.fillRect(0, 0, view.width, view.height);
  if (image && about.has_images) context.drawImage(image, 0, 0, view.width, view.height);
  const options = { height: about.height, names, skeletons: byId("skeletons").checked,
    labels: byId("labels").checked, boxes: byId("boxes").checked };
  const beside = about.compared && byId("beside").checked;
  second.hidden = !beside;
  byId("pair").classList.toggle("two", beside);
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
    context.lineWidth = Math.max(2, about.height / 160);
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

function drawTimeline() {
  const style = getComputedStyle(document.body);
  const ink = style.getPropertyValue("--ink"), faint = style.getPropertyValue("--faint");
  const span = Math.max(about.last - about.first, 1), left = 90, width = timeline.width - left - 8;
  const at = (frame) => left + ((frame - about.first) / span) * width;
  strip.clearRect(0, 0, timeline.width, timeline.height);
  strip.font = "12px system-ui, sans-serif";
  strip.fillStyle = "#d9a400";
  for (const frame of about.keyframes) strip.fillRect(at(frame), 2, 1, 5);
  strip.fillStyle = "#d93025";
  for (const moment of about.moments) strip.fillRect(at(moment.frame), 8, 2, 6);
  about.people.forEach((row, number) => {
    const y = 20 + number * ROW;
    strip.fillStyle = row.id === chosen ? ink : faint;
    const label = names[row.id] || row.id;
    strip.fillText((row.id === chosen ? "● " : "") + String(label).slice(0, 12), 4, y + 12);
    for (const [first, last, state] of row.stretches) {
      strip.globalAlpha = state === "lost" || state === "unconfirmed" ? 0.35 : 1;
      strip.fillStyle = row.color;
      strip.fillRect(at(first), y + 2, Math.max(at(last) - at(first), 2), ROW - 5);
    }
    strip.globalAlpha = 1;
    strip.fillStyle = ink;
    for (const change of about.switches) {
      if (change.id === row.id) strip.fillRect(at(change.frame) - 1, y, 3, ROW - 1);
    }
  });
  strip.fillStyle = ink;
  strip.fillRect(at(index), 0, 1.5, timeline.height);
}

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
  for (const { frame, id, other } of about.switches) {
    add(`frame ${frame}: ${names[id] || id} becomes ${other} of the other result`, frame, [id]);
  }
  for (const { time, frame, ids, why } of about.moments) {
    add(`${time} s: ${ids.map((id) => names[id] || id).join(" and ")} ${why}`, frame, ids);
  }
}

function choose(id) {
  chosen = id;
  byId("chosen").textContent = id === null ? "nobody" : names[id] ? `${id} (${names[id]})` : String(id);
  byId("name").value = id === null ? "" : names[id] || "";
}

function say(text, isError) {
  byId("said").textContent = text;
  byId("said").className = isError ? "error" : "status";
}

async function correct(correction) {
  corrections.push(correction);
  if (about.retracks) say("tracking again from here …");
  try {
    await load();
    undone = [];
    say(`${corrections.length} corrections, not saved`);
  } catch (error) {
    corrections.pop();
    say(error.message, true);
  }
  byId("undo").disabled = !corrections.length;
  byId("redo").disabled = !undone.length;
  byId("save").disabled = Boolean(saved);
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
  await load();
  say(`${corrections.length} corrections, not saved`);
  byId("save").disabled = !corrections.length && !Object.keys(names).length;
}
byId("undo").onclick = () => step(corrections, undone);
byId("redo").onclick = () => step(undone, corrections);
byId("save").onclick = async () => {
  try { say(`saved as ${(await post("/save", { names })).saved}`); }
  catch (error) { say(error.message, true); }
};
byId("name").onchange = () => {
  if (chosen === null) return;
  if (byId("name").value.trim()) names[chosen] = byId("name").value.trim();
  else delete names[chosen];
  byId("save").disabled = Boolean(saved);
  choose(chosen);
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
  const field = timeline.getBoundingClientRect();
  const x = ((event.clientX - field.left) * timeline.width) / field.width;
  const share = (x - 90) / (timeline.width - 98);
  return Math.round(about.first + Math.min(Math.max(share, 0), 1) * (about.last - about.first));
}
timeline.addEventListener("pointerdown", (event) => {
  const field = timeline.getBoundingClientRect();
  const y = ((event.clientY - field.top) * timeline.height) / field.height;
  const row = about.people[Math.floor((y - 20) / ROW)];
  if (y >= 20 && row) choose(row.id);
  if (event.clientX - field.left > (90 * field.width) / timeline.width) {
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
  if (event.target instanceof HTMLInputElement && event.target.type !== "checkbox") return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "z") { event.preventDefault(); (event.shiftKey ? byId("redo") : byId("undo")).click(); }
    return;
  }
  const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -25, PageDown: 25 };
  if (event.key in steps) { event.preventDefault(); go(index + steps[event.key] * (event.shiftKey ? 10 : 1)); }
  if (event.key === "Home") go(about.first);
  if (event.key === "End") go(about.last);
  if (event.key === " " && !(event.target instanceof HTMLButtonElement)) { event.preventDefault(); play(); }
});
load().catch((error) => say(error.message, true));
