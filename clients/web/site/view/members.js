import { idBeside, isSame, keyOf, labelOf } from '../state/people.js';
import { byId, framed, make, setText, showList } from './dom.js';
import { plural } from './format.js';

/** Who is in the open room now. */
export class MembersView {
  #talk;
  #actions;
  draw = framed(() => this.#draw());

  constructor(talk, actions) {
    this.#talk = talk;
    this.#actions = actions;
    talk.changed.watch(this.draw);
  }

  #draw() {
    const { active } = this.#talk;
    const members = active.isRoom ? active.members : undefined;
    setText(byId('members-title'), members ? `${plural(members.count, 'member')}${members.atLeast ? ' at least' : ''}` : 'Members');
    showList(byId('member-list'), members?.list ?? [], keyOf, member => {
      const element = make('li', {}, make('button', { type: 'button' },
        make('span', { className: 'present', ariaHidden: 'true' }), make('bdi', { className: 'name' }), make('bdi', { className: 'quiet' }), make('span', { className: 'quiet' })));
      element.firstChild.addEventListener('click', () => this.#actions.openForPerson(element.member));
      return element;
    }, (element, member) => {
      element.member = member;
      const [, name, id, more] = element.firstChild.children;
      setText(name, labelOf(member));
      setText(id, idBeside(member) ?? '');
      const devices = member.connections > 1 ? `on ${member.connections} devices` : '';
      setText(more, [isSame(member, this.#talk.me) ? 'you' : '', devices].filter(Boolean).join(', '));
    });
  }
}
