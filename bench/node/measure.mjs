// Runs the same posts once to warm up and then in rounds; prints the median cost of a post as JSON.
export async function measure(post) {
  const [url, posts, concurrency, rounds] = [process.argv[2], ...process.argv.slice(3).map(Number)];
  const costs = [];
  for (let round = 0; round <= rounds; round++) {
    const cpu = process.cpuUsage();
    const begunAt = performance.now();
    let next = 0;
    await Promise.all(Array.from({ length: concurrency }, async () => {
      while (next < posts) await post(url, `${String(next++).padStart(15, '0')}=`, 'Echo: Hello everyone');
    }));
    const used = process.cpuUsage(cpu);
    if (round > 0) {
      costs.push({
        cpuMicroseconds: (used.user + used.system) / posts,
        perSecond: posts / ((performance.now() - begunAt) / 1000),
      });
    }
  }

  const medianOf = (name) => costs.map((cost) => cost[name]).sort((a, b) => a - b)[costs.length >> 1];
  console.log(JSON.stringify({ cpuMicroseconds: medianOf('cpuMicroseconds'), perSecond: medianOf('perSecond') }));
}

export const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
export const region = 'eu-central-1';
