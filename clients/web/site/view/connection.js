import { byId, setText } from './dom.js';

/** The state of the connection, and what happens next. The seconds are counted for eyes only. */
export function showConnection(link) {
  let timer;
  const draw = () => {
    const { tone, text, countdown, hint } = link.describe();
    byId('connection').dataset.tone = tone;
    setText(byId('connection-text'), text);
    setText(byId('connection-countdown'), countdown ?? '');
    setText(byId('connection-hint'), hint ?? '');
    byId('connection-hint').hidden = !hint;
    byId('try-now').hidden = !countdown;
    clearTimeout(timer);
    if (countdown) timer = setTimeout(draw, 250);
  };
  link.changed.watch(draw);
  byId('try-now').addEventListener('click', () => link.retry());
  draw();
}
