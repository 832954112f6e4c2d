import { byId, framed, make, setText, showList } from './dom.js';
import { plural } from './format.js';

/** So many frames are in the document; the wire keeps more. */
const SHOWN = 200;
const ARROWS = { in: '←', out: '→', note: '•' };
const LABELS = { in: 'in', out: 'out', note: 'note' };

/** What is behind the page: frames in and out, the numbers of rooms, and a wire to cut. */
export class DeveloperView {
  #talk;
  #wire;
  #panel = byId('developer');
  #toggle = byId('developer-toggle');
  #frames = byId('frames');
  draw = framed(() => this.#draw());

  constructor(talk, wire) {
    this.#talk = talk;
    this.#wire = wire;
    wire.changed.watch(this.draw);
    talk.changed.watch(this.draw);
    this.#toggle.addEventListener('click', () => this.#show(this.#panel.hidden));
    byId('cut').addEventListener('click', () => (wire.isCut ? wire.repair() : wire.cut()));
    byId('clear-frames').addEventListener('click', () => wire.clear());
  }

  #show(isShown) {
    this.#panel.hidden = !isShown;
    this.#toggle.setAttribute('aria-expanded', `${isShown}`);
    if (isShown) this.draw();
  }

  #draw() {
    if (this.#panel.hidden) return;
    const { isCut, counts, frames } = this.#wire;
    byId('cut').setAttribute('aria-pressed', `${isCut}`);
    setText(byId('cut'), isCut ? 'Mend the wire' : 'Cut the wire');
    setText(byId('counts'), `${counts.out} out, ${counts.in} in, ${plural(counts.connections, 'attempt')} to connect`);
    showList(byId('positions'), this.#positions(), ({ name }) => name,
      ({ name }) => make('tr', {}, make('th', { scope: 'row' }, make('bdi', {}, name)), make('td'), make('td')),
      (row, { seq, epoch }) => {
        setText(row.children[1], `${seq ?? '–'}`);
        setText(row.children[2], epoch ?? '–');
      });
    const isAtEnd = this.#frames.scrollHeight - this.#frames.scrollTop - this.#frames.clientHeight < 40;
    showList(this.#frames, frames.slice(-SHOWN), ({ number }) => `${number}`, ({ at, kind, text }) => make('li', { className: kind },
      make('span', { className: 'quiet' }, new Date(at).toISOString().slice(11, 23)),
      make('span', { className: 'arrow', ariaHidden: 'true' }, ARROWS[kind]),
      make('span', { className: 'unseen' }, LABELS[kind]),
      make('code', { dir: 'ltr' }, text)));
    if (isAtEnd) this.#frames.scrollTop = this.#frames.scrollHeight;
  }

  #positions() {
    const rooms = this.#talk.rooms.map(({ id, room }) => ({ name: id, ...room.position }));
    const direct = this.#talk.direct[0];
    return direct ? [...rooms, { name: `@${this.#talk.me?.user ?? ''}`, ...direct.room.position }] : rooms;
  }
}
