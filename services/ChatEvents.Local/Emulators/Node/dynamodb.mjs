import { createRequire } from 'node:module';
import { announce, endWithParent } from './lifeline.mjs';
import { countUnits, tellUse } from './use.mjs';

const use = countUnits();
const dynalite = createRequire(import.meta.url)('dynalite');
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
tellUse(server, use);
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => announce(server));

endWithParent(async () => server.closeAllConnections());
