const view = document.getElementById("view");
const context = view.getContext("2d");
const byId = (id) => document.getElementById(id);
const token = new URLSearchParams(location.search).get("token") || "";
let about = null, latest = null, bitmap = null, socket = null;
let zoom = 1, centre = null;
const trails = new Map();
const rows = new Map();

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/frames?token=${encodeURIComponent(token)}`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = (event) => {
    if (typeof event.data === "string") {
      about = JSON.parse(event.data);
      for (const name of ["pause", "record", "snapshot"]) byId(name).hidden = !about.controls.includes(name);
    } else show(event.data);
  };
  socket.onclose = () => {
    byId("status").textContent = "connection lost, trying again …";
    setTimeout(connect, 1000);
  };
}

function ask(wish) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(wish));
}

async function show(data) {
  const length = new DataView(data).getUint32(0, true);
  latest = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  const image = await createImageBitmap(new Blob([new Uint8Array(data, 4 + length)]));
  if (bitmap) bitmap.close();
  bitmap = image;
  remember();
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

function draw() {
  if (view.width !== bitmap.width || view.height !== bitmap.height) {
    view.width = bitmap.width;
    view.height = bitmap.height;
  }
  const [left, top] = corner();
  context.setTransform(zoom, 0, 0, zoom, -left * zoom, -top * zoom);
  context.drawImage(bitmap, 0, 0);
  const scale = latest.scale;
  context.setTransform(zoom * scale, 0, 0, zoom * scale, -left * zoom, -top * zoom);
  const unit = Math.max(1, latest.height / 480);
  if (byId("trails").checked) drawTrails(context, trails, unit);
  drawPeople(context, latest.people, about, {
    height: latest.height,
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

function list() {
  byId("status").textContent =
    `${latest.fps.toFixed(1)} frames/s · ` + (latest.latency === null ? `frame ${latest.frame} · ` :
      `latency ${latest.latency.toFixed(0)} ms · ${(100 * latest.dropped).toFixed(0)} % dropped · `) +
    `${latest.people.length} people` +
    (latest.keyframe ? " · key frame" : "");
  byId("said").textContent = latest.said;
  byId("pause").setAttribute("aria-pressed", latest.paused);
  byId("record").setAttribute("aria-pressed", latest.recording);
  byId("everybody").disabled = latest.followed.length === 0;
  const here = new Map(latest.people.filter((p) => p.id >= 0).map((p) => [p.id, p]));
  for (const [id, row] of rows) {
    if (!here.has(id) && !row.contains(document.activeElement)) {
      row.remove();
      rows.delete(id);
    }
  }
  for (const [id, person] of here) {
    const row = rows.get(id) || addRow(id, person);
    row.querySelector("button").setAttribute("aria-pressed", latest.followed.includes(id));
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
  row.append(button, input);
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

view.addEventListener("click", (event) => {
  if (!latest) return;
  const [x, y] = place(event);
  ask({ do: "follow", x: x / latest.scale, y: y / latest.scale });
});
view.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, place(event));
}, { passive: false });
function zoomBy(factor, where) {
  zoom = Math.min(Math.max(zoom * factor, 1), 8);
  centre = zoom === 1 ? null : where || centre;
  if (bitmap) draw();
}
byId("closer").onclick = () => zoomBy(1.4);
byId("farther").onclick = () => zoomBy(1 / 1.4);
for (const name of ["pause", "record", "snapshot", "everybody"]) byId(name).onclick = () => ask({ do: name });
for (const name of ["skeletons", "labels", "boxes", "trails"]) byId(name).onchange = () => bitmap && draw();
document.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey) return;
  if (event.key === " " && !(event.target instanceof HTMLButtonElement)) {
    event.preventDefault();
    ask({ do: "pause" });
  }
  if (event.key === "r") ask({ do: "record" });
  if (event.key === "s") ask({ do: "snapshot" });
  if (event.key === "Escape") ask({ do: "everybody" });
});
connect();
