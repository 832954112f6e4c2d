import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile, readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { until } from './clock.js';
import { Server } from './server.js';

const run = promisify(execFile);
const home = fileURLToPath(new URL('..', import.meta.url));
const read = name => readFile(join(home, name), 'utf8');
const tsc = join(home, 'node_modules', 'typescript', 'bin', 'tsc');

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatevents-'));
  await run('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder], { cwd: home });
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', './chatevents-0.1.0.tgz'], { cwd: folder });
});
after(() => rm(folder, { recursive: true }));

test('The module is under 8 KB compressed', async () => {
  const size = gzipSync(await read('chatevents.js'), { level: 9 }).length;
  assert.ok(size < 8192, `${size} bytes`);
});

test('The package is what is needed and nothing else', async () => {
  assert.deepEqual((await readdir(join(folder, 'node_modules', 'chatevents'))).sort(), ['README.md', 'chatevents.d.ts', 'chatevents.js', 'package.json']);
  assert.equal(JSON.parse(await read('package.json')).dependencies, undefined);
});

test('Module, types and their use agree', { timeout: 120_000 }, async () => {
  const { stdout } = await run('node', [tsc, '--project', home]).catch(error => error);
  assert.equal(stdout, '');
});

test('The example of the README runs in an empty folder with the packed package', async () => {
  const server = await Server.start();
  try {
    const example = /```js\n(.*?)```/s.exec(await read('README.md'))[1];
    assert.ok(example.includes("'ws://localhost:8080/local'"));
    await writeFile(join(folder, 'example.js'), example.replace('ws://localhost:8080/local', server.url));
    await symlink(await realpath(join(home, 'node_modules', 'ws')), join(folder, 'node_modules', 'ws'));
    const program = run('node', ['example.js'], { cwd: folder });
    const lines = [];
    program.child.stdout.on('data', text => lines.push(...`${text}`.trim().split('\n').map(line => line.trim())));
    await until(() => lines.some(line => line === '1 bob: Hello'), `the example's message, not ${lines}`);
    assert.deepEqual(lines, ['connecting', 'open', '1 bob: Hello']);
    program.child.kill();
    await program.catch(() => {});
  } finally {
    server.stop();
  }
});

test('A process ends when its client is closed', async () => {
  const server = await Server.start();
  try {
    await writeFile(join(folder, 'short.js'), `
      import { ChatClient } from 'chatevents';
      import { WebSocket } from ${JSON.stringify(join(home, 'node_modules', 'ws', 'wrapper.mjs'))};
      const chat = new ChatClient(process.argv[2], { WebSocket });
      await chat.connect();
      await chat.room('blue').send('Hello');
      chat.close();`);
    await run('node', ['short.js', server.url], { cwd: folder, timeout: 10_000 });
  } finally {
    server.stop();
  }
});

test('Every exported name and option is documented in the types, with the default that it has', async () => {
  const [module, types] = await Promise.all([read('chatevents.js'), read('chatevents.d.ts')]);
  const defaults = /const defaults = \{(.*?)\};/s.exec(module)[1].matchAll(/(\w+): ([\d_]+)/g);
  for (const [, name, value] of defaults) {
    const said = new RegExp(`/\\*\\*([^/]*)\\*/\\s+${name}\\?: number`).exec(types)?.[1];
    assert.ok(said?.includes(Number(value.replaceAll('_', '')).toLocaleString('en')), `${name} ${value}: ${said}`);
  }
});
