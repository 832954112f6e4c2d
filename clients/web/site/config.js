const NO_AUTH = { mode: 'none' };

/**
 * `config.json` beside the page, which the deployment writes: `url` of the chat, absolute or a path of the page's own host, and `auth` with
 * `mode`, and perhaps `issuer`, `clientId`, `audience`, `scope`; on a developer's machine also ready `tokens` by name.
 */
export async function readConfig(fetch, location) {
  const answer = await fetch('config.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json was answered with ${answer.status}.`);
  const { url, auth = NO_AUTH, tokens = {} } = await answer.json();
  const chat = new URL(url, location.href);
  chat.protocol = chat.protocol.replace('http', 'ws');
  return { url: chat.href, auth, tokens };
}

/** Whether people can sign in at the issuer; otherwise they need a token from elsewhere. */
export const hasIssuer = ({ issuer, clientId }) => Boolean(issuer && clientId);
