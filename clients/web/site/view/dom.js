/** An element. What people wrote becomes text by it, whatever it looks like: nothing on this page parses markup. */
export function make(tag, members = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    if (name in element && name !== 'list') element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child !== undefined));
  return element;
}

export const byId = id => document.getElementById(id);

/** Calls `draw` once with the next frame, however often it is asked. A hidden page has no frames, and is drawn by a timer. */
export function framed(draw) {
  let isAsked = false;
  const run = () => {
    isAsked = false;
    draw();
  };
  return () => {
    if (isAsked) return;
    isAsked = true;
    if (document.hidden) setTimeout(run, 200);
    else requestAnimationFrame(run);
  };
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes the children of `list` those of `items`, with as few changes as possible. `keyOf` an item stays the same while its element may. */
export function showList(list, items, keyOf, create, update = () => {}) {
  const present = new Map([...list.children].map(child => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const key = keyOf(item);
    let child = present.get(key);
    present.delete(key);
    if (!child) {
      child = create(item);
      child.dataset.key = key;
    }
    update(child, item);
    const next = before ? before.nextSibling : list.firstChild;
    if (next !== child) list.insertBefore(child, next);
    before = child;
  }
  for (const child of present.values()) child.remove();
}
