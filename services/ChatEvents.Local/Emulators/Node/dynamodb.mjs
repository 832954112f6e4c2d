import dynalite from 'dynalite';
import { announce, endWithParent } from './lifeline.mjs';

const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => announce(server));

endWithParent(async () => server.closeAllConnections());
