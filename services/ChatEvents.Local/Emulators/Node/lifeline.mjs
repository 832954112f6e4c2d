// The parent holds the other end of stdin and never writes to it. The pipe closes when the parent ends, even by SIGKILL, so that no server
// outlives the system that started it.
export function endWithParent(close) {
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(0), 1000).unref();
    await close();
    process.exit(0);
  };
  process.stdin.resume();
  process.stdin.on('end', end);
  process.stdin.on('close', end);
  process.stdin.on('error', end);
  // Ctrl+C reaches every process of the terminal at once, but the workers still need these servers while they drain.
  process.on('SIGINT', () => {});
}

// The parent reads one line: where the server listens.
export function announce(server) {
  process.stdout.write(JSON.stringify({ port: server.address().port }) + '\n');
}
