const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

const safely = (format, at) => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : format.format(date);
};

export const timeOf = at => safely(time, at);
export const dayOf = at => safely(day, at);
export const fullTimeOf = at => safely(full, at);

/** For machines. */
export const isoOf = at => safely({ format: date => date.toISOString() }, at);

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
