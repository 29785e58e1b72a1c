/* Drawing of people on a canvas, for all pages. */
"use strict";

/* Pixels of an image of a height that are one unit of drawing: lines and labels stay legible on a phone. */
function unitOf(canvas, height) {
  const shown = canvas.clientHeight || 480;
  return (height / shown) * Math.max(0.8, shown / 480);
}

function drawPeople(context, people, about, options) {
  const unit = options.unit;
  for (const person of people) {
    const faint = person.state === "lost" || person.state === "unconfirmed";
    context.globalAlpha = faint ? 0.5 : 1;
    context.strokeStyle = context.fillStyle = person.color;
    context.lineWidth = 2.2 * unit;
    if (options.skeletons) drawSkeleton(context, person, about, unit);
    if (options.boxes || faint) {
      context.setLineDash(faint ? [6 * unit, 4 * unit] : []);
      const [x0, y0, x1, y1] = person.box;
      context.lineWidth = 1.5 * unit;
      context.strokeRect(x0, y0, x1 - x0, y1 - y0);
      context.setLineDash([]);
    }
    if (options.labels) drawLabel(context, person, options, unit);
  }
  context.globalAlpha = 1;
}

function drawSkeleton(context, person, about, unit) {
  const seen = person.keypoints.map((point) => point !== null && point[2] >= about.threshold);
  context.beginPath();
  for (const [a, b] of about.edges) {
    if (!seen[a] || !seen[b]) continue;
    context.moveTo(person.keypoints[a][0], person.keypoints[a][1]);
    context.lineTo(person.keypoints[b][0], person.keypoints[b][1]);
  }
  context.stroke();
  person.keypoints.forEach((point, index) => {
    if (!seen[index]) return;
    context.beginPath();
    context.arc(point[0], point[1], 2.2 * unit, 0, 2 * Math.PI);
    context.fill();
  });
}

function drawLabel(context, person, options, unit) {
  const name = (options.names && options.names[person.id]) || (person.id < 0 ? "?" : String(person.id));
  context.font = `600 ${14 * unit}px system-ui, sans-serif`;
  const width = context.measureText(name).width + 8 * unit;
  const x = person.box[0], y = Math.max(person.box[1], 18 * unit);
  context.fillStyle = person.color;
  context.fillRect(x, y - 18 * unit, width, 18 * unit);
  context.fillStyle = "#000";
  context.fillText(name, x + 4 * unit, y - 4.5 * unit);
}

/* People who are there and are not followed: a box to click. */
function drawOutlines(context, people, unit) {
  context.strokeStyle = "#ffffff";
  context.globalAlpha = 0.6;
  context.lineWidth = unit;
  context.setLineDash([2 * unit, 4 * unit]);
  for (const { box: [x0, y0, x1, y1] } of people) context.strokeRect(x0, y0, x1 - x0, y1 - y0);
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawTrails(context, trails, unit) {
  for (const trail of trails) {
    context.strokeStyle = trail.color;
    context.globalAlpha = 0.7;
    context.lineWidth = 2 * unit;
    context.beginPath();
    trail.points.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
  }
  context.globalAlpha = 1;
}
