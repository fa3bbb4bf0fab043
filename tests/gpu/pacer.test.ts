import { describe, expect, it } from 'vitest';
import { Pacer, Portion } from '../../src/gpu/pacer';

interface Dispatch {
  kernel: object;
  workgroups: number;
}

/** A GPU with a clock of its own that takes what `takes` says for each dispatch. */
class PretendedGpu {
  now = 1000;
  /** What the host's clock is rounded to. */
  tick = 1e-3;
  readonly #pacer: Pacer;
  readonly #takes: (dispatch: Dispatch) => number;

  constructor(pacer: Pacer, takes: (dispatch: Dispatch) => number) {
    this.#pacer = pacer;
    this.#takes = takes;
  }

  /** Records the plan, hands it over at once and waits for all of it. @returns milliseconds of each submit. */
  run(plan: readonly Dispatch[]): number[] {
    const portions: { portion: Portion; milliseconds: number }[] = [];
    let last = { portion: new Portion(), milliseconds: 0 };
    for (const dispatch of plan) {
      if (!this.#pacer.admits(last.portion, dispatch.kernel, dispatch.workgroups)) {
        portions.push(last);
        last = { portion: new Portion(), milliseconds: 0 };
        expect(this.#pacer.admits(last.portion, dispatch.kernel, dispatch.workgroups)).toBe(true);
      }
      last.milliseconds += this.#takes(dispatch);
    }
    portions.push(last);
    for (const { portion } of portions) this.#pacer.submitted(portion, this.#clock());
    for (const { portion, milliseconds } of portions) {
      this.now += milliseconds;
      this.#pacer.finished(portion, this.#clock());
    }
    this.now += 507; // The host thinks meanwhile.
    return portions.map(({ milliseconds }) => milliseconds);
  }

  #clock(): number {
    return Math.floor(this.now / this.tick) * this.tick;
  }
}

const repeat = <T>(times: number, items: readonly T[]): T[] => Array<readonly T[]>(times).fill(items).flat();
const longest = (submits: readonly number[]) => Math.max(...submits);
const mean = (submits: readonly number[]) => submits.reduce((sum, ms) => sum + ms, 0) / submits.length;
const settled = (gpu: PretendedGpu, plan: readonly Dispatch[]) => repeat(30, [plan]).map((p) => gpu.run(p))[29];

const [matmul, norm] = [{ name: 'matmul' }, { name: 'norm' }];
const one = { kernel: matmul, workgroups: 256 };

describe('Pacer', () => {
  it('begins with a few dispatches a submit', () => {
    const submits = new PretendedGpu(new Pacer(50), () => 1).run(repeat(40, [one]));
    expect(submits).toEqual(Array(10).fill(4));
  });

  it.each([0.01, 0.7, 3, 24])('comes to fifty milliseconds of dispatches that take %d', (milliseconds) => {
    const submits = settled(
      new PretendedGpu(new Pacer(50), () => milliseconds),
      repeat(Math.ceil(600 / milliseconds), [one]),
    );
    expect(longest(submits)).toBeLessThan(51);
    expect(mean(submits)).toBeGreaterThan(40);
  });

  it('puts a dispatch that is too long by itself', () => {
    const gpu = new PretendedGpu(new Pacer(50), () => 120);
    expect(settled(gpu, repeat(5, [one]))).toEqual(Array(5).fill(120));
  });

  it('leaves a short plan whole', () => {
    expect(settled(new PretendedGpu(new Pacer(50), () => 0.05), repeat(200, [one]))).toHaveLength(1);
  });

  it('tells heavy kernels from light ones that stand beside them', () => {
    const takes = ({ kernel }: Dispatch) => (kernel === matmul ? 20 : 0.05);
    const plan = [...repeat(40, [one, { kernel: norm, workgroups: 4 }]), ...repeat(400, [{ ...one, kernel: norm }])];
    const submits = settled(new PretendedGpu(new Pacer(50), takes), plan);
    expect(longest(submits)).toBeLessThan(75);
    // 820 ms of work and 20 that is nearly none.
    expect(submits.length).toBeLessThan(25);
  });

  it('tells a prompt from single tokens through the same kernels', () => {
    const takes = ({ workgroups }: Dispatch) => 0.01 + 0.005 * workgroups;
    const read = repeat(20, [{ kernel: matmul, workgroups: 3000 }]);
    const decode = repeat(500, [{ kernel: matmul, workgroups: 4 }]);
    const submits = settled(new PretendedGpu(new Pacer(50), takes), [...read, ...decode]);
    expect(longest(submits)).toBeLessThan(51);
    expect(submits.length).toBeLessThan(12);
  });

  it('takes a larger dispatch than it has seen to be longer in proportion', () => {
    const takes = ({ workgroups }: Dispatch) => workgroups / 100;
    const gpu = new PretendedGpu(new Pacer(50), takes);
    settled(gpu, repeat(100, [one]));
    expect(longest(gpu.run(repeat(20, [{ ...one, workgroups: 4096 }])))).toBeLessThan(51);
  });

  it('takes a smaller one to be no longer than the larger', () => {
    const gpu = new PretendedGpu(new Pacer(50), () => 1);
    settled(gpu, repeat(100, [one]));
    expect(gpu.run(repeat(100, [{ ...one, workgroups: 2 }])).length).toBeLessThan(4);
  });

  it('follows a GPU that becomes slow, and fast again', () => {
    let milliseconds = 1;
    const gpu = new PretendedGpu(new Pacer(50), () => milliseconds);
    settled(gpu, repeat(500, [one]));
    milliseconds = 8;
    gpu.run(repeat(100, [one]));
    expect(longest(gpu.run(repeat(500, [one])))).toBeLessThan(100);
    milliseconds = 1;
    expect(mean(settled(gpu, repeat(500, [one])))).toBeGreaterThan(40);
  });

  it.each([
    [16, 200],
    [100, 200],
  ])('is at no time misled by a clock that moves every %d ms', (tick, most) => {
    // Most submits at first seem to take no time at all, and some a whole tick.
    const takes = ({ kernel }: Dispatch) => (kernel === matmul ? 2 : 0.2);
    const gpu = new PretendedGpu(new Pacer(50), takes);
    gpu.tick = tick;
    const plan = [...repeat(100, [one, { ...one, kernel: norm }]), ...repeat(1000, [{ ...one, kernel: norm }])];
    for (let run = 0; run < 30; run++) expect(longest(gpu.run(plan)), `run ${run}`).toBeLessThan(most);
    expect(mean(gpu.run(plan))).toBeGreaterThan(15);
  });

  it('makes little of work that seems to take no time', () => {
    const gpu = new PretendedGpu(new Pacer(50), () => 0.2);
    gpu.tick = 100;
    repeat(60, [repeat(100, [one])]).forEach((plan) => gpu.run(plan));
    expect(longest(gpu.run(repeat(10_000, [one])))).toBeLessThan(500);
  });

  it('forgets a laptop that slept while it waited', () => {
    const pacer = new Pacer(50);
    const portion = new Portion();
    pacer.admits(portion, matmul, 256);
    pacer.submitted(portion, 0);
    pacer.finished(portion, 3_600_000);
    const gpu = new PretendedGpu(pacer, () => 1);
    gpu.now = 3_700_000;
    expect(mean(settled(gpu, repeat(500, [one])))).toBeGreaterThan(40);
  });
});
