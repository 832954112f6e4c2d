// Draws the points on its input, [{ atOnce, http2: { perSecond, cpuMicroseconds }, http1: { ... } }], as SVG on its output. No browser and no canvas needed.
import { init } from 'echarts';

let input = '';
for await (const chunk of process.stdin) input += chunk;
const points = JSON.parse(input);
const names = { http2: 'HTTP/2', http1: 'HTTP/1.1' };

const chart = init(null, null, { renderer: 'svg', ssr: true, width: 860, height: 440 });
chart.setOption({
  animation: false,
  backgroundColor: '#fff',
  title: { text: 'One worker on one CPU, by posts under way at once', left: 'center' },
  legend: { bottom: 0 },
  grid: { left: 80, right: 80, top: 60, bottom: 80 },
  xAxis: { name: 'posts at once', nameLocation: 'middle', nameGap: 28, type: 'category', data: points.map((p) => p.atOnce) },
  yAxis: [
    { name: 'posts/s', type: 'value', min: 0 },
    { name: 'CPU per post, µs', type: 'value', min: 0, splitLine: { show: false } },
  ],
  series: ['http2', 'http1'].flatMap((http) => [
    {
      name: `posts/s, ${names[http]}`,
      type: 'line',
      symbolSize: 8,
      data: points.map((p) => Math.round(p[http].perSecond)),
    },
    {
      name: `CPU per post, ${names[http]}`,
      type: 'line',
      yAxisIndex: 1,
      symbolSize: 8,
      symbol: 'rect',
      lineStyle: { type: 'dashed' },
      data: points.map((p) => Number(p[http].cpuMicroseconds.toFixed(1))),
    },
  ]),
});
process.stdout.write(chart.renderToSVGString() + '\n');
chart.dispose(); // else its animation clock keeps the process alive
