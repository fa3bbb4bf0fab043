import type uPlot from 'uplot';
import { figure, rangeOf, type Chart } from './charts';
import { setting } from '../format';
import { faded, type Palette } from './palette';

export interface PlotHooks {
  /** Index of the step under the pointer, null when there is none. */
  hovered: (at: number | null) => void;
  /** First step of stage 2 and the last step that is planned; null while unknown. */
  stages: () => { boundary: number; total: number } | null;
}

const font = '11px "Inter Variable", Inter, system-ui, sans-serif';

/** uPlot's options for one chart: quiet axes, a faint line of every step and a strong one of their means. */
export function plotOptions(
  chart: Chart<never>,
  size: { width: number; height: number },
  palette: Palette,
  hooks: PlotHooks,
): uPlot.Options {
  const range: uPlot.Range.Function = (_, low, high) => rangeOf(chart.scale, low, high);
  const axis = { stroke: palette.soft, font, ticks: { show: false } };
  return {
    ...size,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 6 }, sync: { key: 'curves' } },
    scales: {
      x: { time: false, range: (_, low, high) => [Number.isFinite(low) ? Math.min(low, 1) : 0, Math.max(high, 2)] },
      y: { range },
    },
    axes: [
      {
        ...axis,
        size: 22,
        gap: 3,
        space: 70,
        grid: { show: false },
        values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? String(tick) : '')),
      },
      {
        ...axis,
        size: 46,
        gap: 4,
        space: 34,
        grid: { stroke: palette.line, width: 1 },
        values: (_, ticks) => ticks.map((tick) => (chart.scale === 'free' ? setting(tick) : figure(chart, tick))),
      },
    ],
    series: [
      {},
      ...chart.series.flatMap(({ label, tone, dashed, sparse = false }): uPlot.Series[] => [
        { label, stroke: faded(palette[tone], 0.28), width: 1, points: { show: false } },
        {
          label: `${label}, mean`,
          stroke: palette[tone],
          width: 1.8,
          spanGaps: sparse,
          points: sparse ? { show: true, size: 6, fill: palette[tone] } : { show: false },
          ...(dashed ? { dash: [4, 3] } : {}),
        },
      ]),
    ],
    hooks: {
      setCursor: [(plot) => hooks.hovered(plot.cursor.idx ?? null)],
      drawClear: [(plot) => drawBoundary(plot, palette, hooks)],
    },
  };
}

/** A dotted line where stage 2 begins. */
function drawBoundary(plot: uPlot, palette: Palette, { stages }: PlotHooks): void {
  const known = stages();
  const { min, max } = plot.scales.x;
  if (!known || known.boundary === 0 || min == null || max == null || known.boundary > max) return;
  const { ctx } = plot;
  const x = Math.round(plot.valToPos(known.boundary + 0.5, 'x', true));
  ctx.save();
  ctx.strokeStyle = palette.faint;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, plot.bbox.top);
  ctx.lineTo(x, plot.bbox.top + plot.bbox.height);
  ctx.stroke();
  ctx.font = `${11 * devicePixelRatio}px "Inter Variable", system-ui, sans-serif`;
  ctx.fillStyle = palette.soft;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  if (x + 50 * devicePixelRatio < plot.bbox.left + plot.bbox.width)
    ctx.fillText('stage 2', x + 4 * devicePixelRatio, plot.bbox.top);
  ctx.restore();
}
