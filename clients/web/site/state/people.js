/** Names of people, and who is who. */
export const labelOf = from => from?.name ?? from?.user ?? from?.guest ?? from?.server ?? 'somebody';

/** The same for all messages of a person or server, and for nobody else's. */
export const keyOf = from => (from?.user !== undefined ? `@${from.user}` : from?.guest !== undefined ? `?${from.guest}` : `!${from?.server ?? ''}`);

/** `me` is what the server says about the connection. */
export const isSame = (from, me) => Boolean(from && me) && (from.user !== undefined || from.guest !== undefined) && keyOf(from) === keyOf(me);

/** A name beside which the id stands, so that nobody can pass for another. */
export const idBeside = from => (from?.name !== undefined && from.user !== undefined && from.name !== from.user ? from.user : undefined);
