// Reads the boxes of an SVG file as a browser draws them, in the file's own coordinates.
(text) => {
  const file = new DOMParser().parseFromString(text, "image/svg+xml");
  const svg = document.importNode(file.documentElement, true);
  document.body.append(svg);
  const numbers = (attribute) => attribute.match(/-?[\d.]+/g).map(Number);
  const boxOf = (element, dx = 0, dy = 0) => {
    const { x, y, width, height } = element.getBBox();
    return { left: x + dx, top: y + dy, right: x + width + dx, bottom: y + height + dy };
  };
  const cornersOf = ({ left, top, right, bottom }) => [[left, top], [right, top], [right, bottom], [left, bottom]];

  const nodeOf = (group) => {
    const [x, y] = numbers(group.getAttribute("transform"));
    const outline = group.querySelector("path");
    const box = boxOf(outline, x, y);
    const lines = [...group.querySelectorAll("text")];
    return {
      name: group.querySelector("title").textContent,
      box,
      contains: (px, py) =>
        px > box.left && px < box.right && py > box.top && py < box.bottom && outline.isPointInFill(new DOMPoint(px - x, py - y)),
      lines: lines.map((line) => line.textContent),
      widest: Math.max(...lines.map((line) => line.getBBox().width)),
      keepsLinesInside: lines.flatMap((line) => cornersOf(boxOf(line))).every((corner) => outline.isPointInFill(new DOMPoint(...corner))),
    };
  };
  const groups = [...svg.querySelectorAll("g")];
  const nodes = groups.filter((group) => group.querySelector("title")).map(nodeOf);

  const edgeOf = (group) => {
    const [way, arrow] = group.querySelectorAll("path");
    const label = group.querySelector("text");
    const [x, y, degrees] = numbers(arrow.getAttribute("transform"));
    const angle = (degrees * Math.PI) / 180;
    const back = [x - 9 * Math.cos(angle), y - 9 * Math.sin(angle)];
    // Not the very ends, which touch their own boxes.
    const points = Array.from({ length: 37 }, (_, step) => way.getPointAtLength((way.getTotalLength() * (step + 2)) / 40));
    return {
      label: label?.textContent,
      box: label && boxOf(label),
      way: way.getAttribute("d"),
      hasHiddenArrow: nodes.some((node) => node.contains(...back)),
      passes: nodes.filter((node) => points.some((point) => node.contains(point.x, point.y))).map((node) => node.name),
    };
  };
  const edges = groups.filter((group) => !group.querySelector("title")).map(edgeOf);
  svg.remove();
  return { font: svg.getAttribute("font-family"), nodes: nodes.map(({ contains, ...node }) => node), edges };
}
