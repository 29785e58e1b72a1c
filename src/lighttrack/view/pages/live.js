const view = document.getElementById("view");
const context = view.getContext("2d");
const byId = (id) => document.getElementById(id);
const token = new URLSearchParams(location.search).get("token") || "";
let about = null, latest = null, bitmap = null, socket = null;
let zoom = 1, centre = null;
const trails = new Map();
const rows = new Map();
const hidden = new Set();

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/frames?token=${encodeURIComponent(token)}`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { byId("status").textContent = "opening the video, loading the networks …"; };
  socket.onmessage = (event) => {
    if (typeof event.data === "string") begin(JSON.parse(event.data));
    else show(event.data);
  };
  socket.onclose = () => {
    byId("status").textContent = "connection lost, trying again …";
    setTimeout(connect, 1000);
  };
}

function begin(told) {
  about = told;
  byId("status").textContent = "waiting for the first frame …";
  document.title = `${about.title} – lighttrack live`;
  document.querySelector("h1").textContent = about.title;
  for (const name of ["pause", "record", "snapshot"]) byId(name).hidden = !about.controls.includes(name);
  byId("surely").value = about.threshold;
  byId("least").value = Number(about.threshold).toFixed(2);
}

function ask(wish) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(wish));
}

async function show(data) {
  const length = new DataView(data).getUint32(0, true);
  const before = latest;
  latest = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  const image = await createImageBitmap(new Blob([new Uint8Array(data, 4 + length)]));
  if (bitmap) bitmap.close();
  bitmap = image;
  if (before === null || before.frame !== latest.frame) remember();
  draw();
  list();
  ask({ do: "shown" });
}

function remember() {
  const here = new Set(latest.people.map((person) => person.id));
  for (const id of trails.keys()) if (!here.has(id)) trails.delete(id);
  for (const person of latest.people) {
    const trail = trails.get(person.id) || { color: person.color, points: [] };
    trail.points.push([(person.box[0] + person.box[2]) / 2, person.box[3]]);
    if (trail.points.length > 90) trail.points.shift();
    trails.set(person.id, trail);
  }
}

const isFollowed = (id) => latest.followed.length === 0 || latest.followed.includes(id);
const isDrawn = (id) => isFollowed(id) && !hidden.has(id);

function draw() {
  if (view.width !== bitmap.width || view.height !== bitmap.height) {
    view.width = bitmap.width;
    view.height = bitmap.height;
    view.style.setProperty("--ratio", view.width / view.height);
  }
  const [left, top] = corner();
  context.setTransform(zoom, 0, 0, zoom, -left * zoom, -top * zoom);
  context.drawImage(bitmap, 0, 0);
  const scale = latest.scale;
  context.setTransform(zoom * scale, 0, 0, zoom * scale, -left * zoom, -top * zoom);
  const unit = unitOf(view, latest.height) / zoom;
  if (byId("trails").checked) drawTrails(context, [...trails].filter(([id]) => isDrawn(id)).map(([, trail]) => trail), unit);
  drawOutlines(context, latest.people.filter(({ id }) => !isFollowed(id)), unit);
  drawPeople(context, latest.people.filter(({ id }) => isDrawn(id)), { ...about, threshold: Number(byId("surely").value) }, {
    unit,
    skeletons: byId("skeletons").checked,
    labels: byId("labels").checked,
    boxes: byId("boxes").checked,
    names: latest.names,
  });
  if (latest.keyframe) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#ffd24d";
    context.beginPath();
    context.arc(view.width - 14, 14, 6, 0, 2 * Math.PI);
    context.fill();
  }
}

/* The upper left corner of what is shown, in pixels of the bitmap. */
function corner() {
  const width = view.width / zoom, height = view.height / zoom;
  const [x, y] = centre || [view.width / 2, view.height / 2];
  return [
    Math.min(Math.max(x - width / 2, 0), view.width - width),
    Math.min(Math.max(y - height / 2, 0), view.height - height),
  ];
}

function tell(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function list() {
  const count = latest.people.filter(({ state }) => state !== "lost").length;
  const late = !about.controls.includes("record") ? `frame ${latest.frame} · ` :
    (latest.latency === null ? "" : `latency ${latest.latency.toFixed(0)} ms · `) +
    `${(100 * latest.dropped).toFixed(0)} % dropped · `;
  tell("status", (latest.paused ? "paused · " : `${latest.fps.toFixed(1)} frames/s · `) + late +
    `${count} ${count === 1 ? "person" : "people"}` + (latest.keyframe ? " · key frame" : ""));
  tell("said", latest.said);
  byId("pause").setAttribute("aria-pressed", latest.paused);
  byId("record").setAttribute("aria-pressed", latest.recording);
  byId("everybody").disabled = latest.followed.length === 0;
  const here = new Map(latest.people.filter((p) => p.id >= 0).map((p) => [p.id, p]));
  // Who is followed stays in the list while out of sight, to be released.
  for (const id of latest.followed) if (!here.has(id)) here.set(id, { id, state: "away" });
  for (const [id, row] of rows) {
    if (!here.has(id) && !row.contains(document.activeElement)) {
      row.remove();
      rows.delete(id);
    }
  }
  for (const [id, person] of here) {
    const row = rows.get(id) || addRow(id, person);
    row.querySelector("button").setAttribute("aria-pressed", latest.followed.includes(id));
    const state = row.querySelector(".state");
    if (state.textContent !== person.state) state.textContent = person.state;
    const input = row.querySelector("input");
    if (document.activeElement !== input) input.value = latest.names[id] || "";
  }
}

function addRow(id, person) {
  const row = document.createElement("li");
  row.className = "person";
  const button = document.createElement("button");
  const swatch = document.createElement("span");
  swatch.className = "swatch";
  swatch.style.background = person.color;
  button.append(swatch, String(id));
  button.title = `Follow only person ${id}`;
  button.onclick = () => ask({ do: "follow", id });
  const input = document.createElement("input");
  input.maxLength = 40;
  input.placeholder = "name";
  input.setAttribute("aria-label", `Name of person ${id}`);
  input.onchange = () => ask({ do: "name", id, name: input.value });
  const state = document.createElement("span");
  state.className = "status state";
  const drawn = document.createElement("input");
  drawn.type = "checkbox";
  drawn.checked = !hidden.has(id);
  drawn.title = `Draw person ${id}`;
  drawn.setAttribute("aria-label", drawn.title);
  drawn.onchange = () => {
    if (drawn.checked) hidden.delete(id);
    else hidden.add(id);
    draw();
  };
  row.append(button, input, state, drawn);
  const after = [...rows.keys()].filter((other) => other > id).sort((a, b) => a - b)[0];
  byId("people").insertBefore(row, after === undefined ? null : rows.get(after));
  rows.set(id, row);
  return row;
}

function place(event) {
  const field = view.getBoundingClientRect();
  const [left, top] = corner();
  return [
    left + ((event.clientX - field.left) * view.width) / field.width / zoom,
    top + ((event.clientY - field.top) * view.height) / field.height / zoom,
  ];
}

let held = null;
view.addEventListener("pointerdown", (event) => {
  if (latest) held = { place: place(event), x: event.clientX, y: event.clientY, moved: false };
});
view.addEventListener("pointermove", (event) => {
  if (!held || zoom === 1) return;
  held.moved ||= Math.hypot(event.clientX - held.x, event.clientY - held.y) > 6;
  if (held.moved) panBy(...place(event).map((now, axis) => held.place[axis] - now));
});
view.addEventListener("pointerup", (event) => {
  if (held && !held.moved) {
    const [x, y] = place(event);
    ask({ do: "follow", x: x / latest.scale, y: y / latest.scale });
  }
  held = null;
});
view.addEventListener("pointercancel", () => { held = null; });
view.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, place(event));
}, { passive: false });
function zoomBy(factor, where) {
  zoom = Math.min(Math.max(zoom * factor, 1), 8);
  centre = zoom === 1 ? null : where || centre;
  if (bitmap) draw();
}
function panBy(x, y) {
  const [left, top] = corner();
  const half = [view.width / zoom / 2, view.height / zoom / 2];
  centre = [left + half[0] + x, top + half[1] + y];
  const now = corner();  // no farther than the border
  centre = [now[0] + half[0], now[1] + half[1]];
  draw();
}
byId("closer").onclick = () => zoomBy(1.4);
byId("farther").onclick = () => zoomBy(1 / 1.4);
for (const name of ["pause", "record", "snapshot", "everybody"]) byId(name).onclick = () => ask({ do: name });
for (const name of ["skeletons", "labels", "boxes", "trails"]) byId(name).onchange = () => bitmap && draw();
byId("surely").oninput = () => {
  byId("least").value = Number(byId("surely").value).toFixed(2);
  if (bitmap) draw();
};
document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key in ways && zoom > 1 && bitmap) {
    event.preventDefault();
    panBy(...ways[event.key].map((way) => (way * view.height) / zoom / 10));
  }
  if (event.key === "+" || event.key === "=") zoomBy(1.4);
  if (event.key === "-") zoomBy(1 / 1.4);
  if (event.key === " " && !event.target.matches("button, input")) {
    event.preventDefault();
    ask({ do: "pause" });
  }
  if (event.key === "r") ask({ do: "record" });
  if (event.key === "s") ask({ do: "snapshot" });
  if (event.key === "Escape") ask({ do: "everybody" });
});
connect();
