// The outline of each kind of task, as points around its centre. One description serves the
// picture, the legend and the SVG file.

const CURVE_STEPS = 6;
/** The tail of a speech bubble, as a share of half its height. */
const TAIL = 0.3;

export function outline(kind, width, height) {
  return (OUTLINES[kind] ?? OUTLINES.unknown)(width / 2, height / 2);
}

/** How far the text stands below the middle, in pixels: the tail of the bubble is no room for it. */
export function textShift(kind, height) {
  return kind === "message" ? (-TAIL * height) / 4 : 0;
}

export function svgPath(points) {
  return `M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join("L")}Z`;
}

export function round(number) {
  return Math.round(number * 100) / 100;
}

const OUTLINES = {
  flow: (x, y) => rounded([[-x, 0], [-x + y * 0.7, -y], [x - y * 0.7, -y], [x, 0], [x - y * 0.7, y], [-x + y * 0.7, y]], y * 0.2),
  logic: (x, y) => {
    const cut = y * 0.5;
    return [[-x, -y + cut], [-x + cut, -y], [x - cut, -y], [x, -y + cut], [x, y - cut], [x - cut, y], [-x + cut, y], [-x, y - cut]];
  },
  read: cylinder,
  write: (x, y) => rounded(rectangle(x, y), y * 0.35),
  billing: ticket,
  callout: (x, y) => rounded([[-x, -y], [x - y * 0.8, -y], [x, 0], [x - y * 0.8, y], [-x, y]], y * 0.2),
  message: speechBubble,
  file: (x, y) => [[-x, -y], [x - y * 0.8, -y], [x, -y * 0.2], [x, y], [-x, y]],
  page: (x, y) => rounded(rectangle(x, y), y),
  usage: (x, y) => rounded([[-x + y * 0.7, -y], [x, -y], [x - y * 0.7, y], [-x, y]], y * 0.2),
  workflow: (x, y) => rounded(rectangle(x, y), y),
  missing: (x, y) => rectangle(x, y),
  unknown: (x, y) => rectangle(x, y),
};

function rectangle(x, y) {
  return [[-x, -y], [x, -y], [x, y], [-x, y]];
}

function cylinder(x, y) {
  const steps = Array.from({ length: 2 * CURVE_STEPS + 1 }, (_, step) => step / CURVE_STEPS - 1);
  const depth = y * 0.35;
  const top = steps.map((t) => [t * x, -y + depth * t * t]);
  return [...top, ...top.map(([px, py]) => [-px, -py])];
}

function ticket(x, y) {
  const notch = y * 0.35;
  const angles = Array.from({ length: 2 * CURVE_STEPS + 1 }, (_, step) => (Math.PI * step) / (2 * CURVE_STEPS));
  const right = angles.map((angle) => [x - notch * Math.sin(angle), -notch * Math.cos(angle)]);
  return [[-x, -y], [x, -y], ...right, [x, y], [-x, y], ...right.map(([px, py]) => [-px, -py])];
}

function speechBubble(x, y) {
  const tail = y * TAIL;
  const bottom = y - tail;
  const [first, second, third, fourth] = [[-x, -y], [x, -y], [x, bottom], [-x, bottom]];
  const body = rounded([first, second, third, fourth], y * 0.35);
  // The corners come in order, each as an arc: the tail belongs between the last two.
  const arc = CURVE_STEPS + 1;
  return [...body.slice(0, 3 * arc), [-x * 0.5 + tail, bottom], [-x * 0.6, y], [-x * 0.5 - tail, bottom], ...body.slice(3 * arc)];
}

function rounded(corners, radius) {
  return corners.flatMap((corner, index) => {
    const before = towards(corner, corners.at(index - 1), radius);
    const after = towards(corner, corners[(index + 1) % corners.length], radius);
    return Array.from({ length: CURVE_STEPS + 1 }, (_, step) => quadratic(before, corner, after, step / CURVE_STEPS));
  });
}

function towards([x, y], [otherX, otherY], distance) {
  const length = Math.hypot(otherX - x, otherY - y);
  // Less than half: two arcs that meet would make a side of no length, which Cytoscape cannot intersect.
  const share = Math.min(distance / length, 0.49);
  return [x + (otherX - x) * share, y + (otherY - y) * share];
}

function quadratic(start, control, end, t) {
  return [0, 1].map((axis) => (1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * control[axis] + t ** 2 * end[axis]);
}
