"use strict";
// Saves what is seen: figures and views as SVG, in which text is text, or as PNG; tables as CSV.
const Export = {
  buttons(card, title, rows) {
    const name = title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-"), drawing = () => card.querySelector("svg.plot");
    const save = (kind, act) => element("button", { "aria-label": `Save “${title}” as ${kind}`, onclick: act }, kind);
    return element("div", { class: "saves" }, save("SVG", () => Export.svg(Export.figure(drawing(), title), name)), save("PNG", () => Export.png(Export.figure(drawing(), title), name)), save("CSV", () => Export.csv(rows, name)));
  },

  // The properties that a drawing takes from the page's style.
  properties: ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline", "paint-order", "display", "letter-spacing"],

  // A drawing that looks the same without the page.
  standalone(drawing) {
    // Colours that are still changing are saved as what they become.
    for (const change of drawing.getAnimations({ subtree: true })) change.finish();
    const copy = drawing.cloneNode(true), from = [drawing, ...drawing.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
    from.forEach((node, i) => {
      const style = getComputedStyle(node);
      if (style.display === "none" || node.matches(".hit, .told")) return to[i].remove();
      to[i].removeAttribute("class");
      to[i].setAttribute("style", Export.properties.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    });
    return copy;
  },

  sheet(width, height, ...children) {
    const paper = getComputedStyle(document.body).backgroundColor;
    return element("svg", { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}` }, element("rect", { width, height, fill: paper }), ...children);
  },

  text(content, x, y, size, weight = 400) {
    const { color, fontFamily } = getComputedStyle(document.body);
    return element("text", { x, y, fill: color, "font-family": fontFamily, "font-size": size, "font-weight": weight }, content);
  },

  figure(drawing, title) {
    const [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number), copy = Export.standalone(drawing);
    for (const [name, value] of Object.entries({ x: 0, y: 28, width, height })) copy.setAttribute(name, value);
    return Export.sheet(width, height + 28, Export.text(title, 8, 20, 15, 600), copy);
  },

  // All panes as they stand, each with its model's name.
  view(stages, columns) {
    const width = 360, gap = 16, sizes = stages.map(({ view }) => width * view.h / view.w), isAttending = stages.some(({ spread }) => !spread.hidden), row = Math.max(...sizes) + (isAttending ? 50 : 30);
    const panes = stages.map((stage, i) => {
      const x = gap + (width + gap) * (i % columns), y = gap + row * Math.floor(i / columns), { view, image, drawing, picture } = stage, copy = Export.standalone(drawing);
      for (const [name, value] of Object.entries({ x, y: y + 22, width, height: sizes[i] })) copy.setAttribute(name, value);
      // What turned pictures and dims them is the page's; here both are drawn.
      const isDim = stage.frame.classList.contains("dimmed");
      copy.prepend(element("image", { href: Export.upright(picture, image), x: 0, y: 0, width: image.width, height: image.height, preserveAspectRatio: "none" }), ...(isDim ? [element("rect", { x: view.x, y: view.y, width: view.w, height: view.h, fill: "black", opacity: 0.38 })] : []));
      return [Export.text([stage.model.name, stage.note.textContent].filter(Boolean).join(" · "), x, y + 14, 13, 600), copy, ...(isAttending ? [Export.text(stage.attention ? Attention.tell(stage.attention) : stage.lack, x, y + sizes[i] + 38, 12)] : [])];
    });
    return Export.sheet(gap + (width + gap) * columns, gap + row * Math.ceil(stages.length / columns), ...panes.flat());
  },

  // A picture that stands in the address itself, with its EXIF turn carried out where the model saw it turned.
  upright(picture, image) {
    if (image.orientation !== "exif" && picture.src.startsWith("data:")) return picture.src;
    const canvas = element("canvas", { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(picture, 0, 0, image.width, image.height);
    return canvas.toDataURL("image/png");
  },

  svg(drawing, name) {
    Export.save(new Blob([new XMLSerializer().serializeToString(drawing)], { type: "image/svg+xml" }), name + ".svg");
  },

  png(drawing, name) {
    const picture = new Image(), scale = 3;
    picture.onload = () => {
      const canvas = element("canvas", { width: drawing.getAttribute("width") * scale, height: drawing.getAttribute("height") * scale });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => Export.save(blob, name + ".png"));
    };
    picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(drawing));
  },

  // Quoted by RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe before it.
  csv(rows, name) {
    const cell = (value) => typeof value === "number" ? String(value) : `"${String(value ?? "").replace(/^(?=[=+\-@\t\r])/, "'").replace(/"/g, '""')}"`;
    Export.save(new Blob(["\ufeff" + rows.map((row) => row.map(cell).join(",") + "\r\n").join("")], { type: "text/csv" }), name + ".csv");
  },

  // What a table on the page says.
  table(table) {
    return [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\s+/g, " ").trim()));
  },

  save(blob, name) {
    const address = URL.createObjectURL(blob), link = element("a", { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  },
};
