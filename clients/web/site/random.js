/** 128 random bits as text. Not `randomUUID`, which only exists over https and on localhost. */
export const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
