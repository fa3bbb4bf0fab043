/** The command line on the CPU backend, and from one backend to the other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunFolder } from '../../cli/run-folder';
import { waltz, type Outcome } from './waltz';

const work = mkdtempSync(join(tmpdir(), 'waltz-computing-'));
afterAll(() => rmSync(work, { recursive: true }));

const withoutTime = (lines: readonly object[]) => lines.map((line) => ({ ...line, time: null }));

/** A run of the preset quick that is soon made, in two steps of each stage. */
const quick = ['train', '--preset', 'quick', '--seed', '5', '--stage1', '2', '--stage2', '2'];
const small = ['--set', 'rollout.batch=8', '--set', 'evaluation.prompts=4', '--set', 'evaluation.every=4'];

describe('waltz train --backend cpu', () => {
  const whole = join(work, 'whole');
  let uninterrupted: Outcome;
  beforeAll(async () => {
    uninterrupted = await waltz([...quick, ...small, '--backend', 'cpu', '--out', whole]);
  });

  it('says what computes, and records it', async () => {
    const { code, lines, errors } = uninterrupted;
    expect([code, lines.map(({ step }) => step)], errors).toEqual([0, [1, 2, 3, 4]]);
    expect(errors).toMatch(/^CPU: ONNX Runtime [\d.]+, \d+ threads? \(--backend cpu\)$/m);
    expect(errors).toMatch(/^Memory: about /m);
    const { provenance } = await new RunFolder(whole).read();
    expect(provenance).toMatchObject({ backend: 'CPU', variants: {} });
    expect(provenance.adapter).toMatch(/^ONNX Runtime/);
  });

  it('saves at Ctrl-C and goes on bit for bit, on the same backend unasked', async () => {
    const out = join(work, 'parts');
    const begun = [...quick, ...small, '--backend', 'cpu', '--out', out];
    const first = await waltz(begun, { interruptAfter: 1 });
    expect(first.lines.length).toBeLessThan(4);
    const second = await waltz(['train', '--resume', out]);
    expect(second.code, second.errors).toBe(0);
    expect(second.errors).toMatch(/^CPU: .*as the run so far/m);
    expect(second.errors).not.toContain('bit-exact');
    expect(withoutTime([...first.lines, ...second.lines])).toEqual(withoutTime(uninterrupted.lines));
    const [a, b] = [await new RunFolder(whole).read(), await new RunFolder(out).read()];
    expect(b.agents).toEqual(a.agents);
    expect(b.evaluations).toEqual(a.evaluations);
  });

  it('goes on with a run of WebGPU, and says that it is not bit-exact', async () => {
    const out = join(work, 'moved');
    const tiny = ['train', '--preset', 'tiny', '--stage1', '1', '--stage2', '0', '--out', out];
    const first = await waltz([...tiny, '--backend', 'webgpu']);
    expect(first.lines).toHaveLength(1);
    const { code, lines, errors } = await waltz(['train', '--resume', out, '--stage1', '2', '--backend', 'cpu']);
    expect([code, lines.map(({ step }) => step)], errors).toEqual([0, [2]]);
    expect(errors).toMatch(/The run continues, not bit-exact: adapter ".+" before, "ONNX Runtime .+" now/);
    const { provenance } = await new RunFolder(out).read();
    expect(provenance.backend).toBe('CPU');
    expect(provenance.adapter).toMatch(/, then ONNX Runtime/);
  });
});

describe('both backends', () => {
  it('write the same tokens greedily', async () => {
    const text = ['generate', join(work, 'whole'), '--greedy', '--prompt', '<user> how do i fix my car ? <assistant>'];
    const [onCpu, onWebGpu] = [
      await waltz([...text, '--backend', 'cpu']),
      await waltz([...text, '--backend', 'webgpu', '--kernels', 'plain']),
    ];
    expect(onCpu.code, onCpu.errors).toBe(0);
    expect(onCpu.lines[0]['ids']).toEqual(onWebGpu.lines[0]['ids']);
    expect(onCpu.errors).toMatch(/^Memory: about /m);
    expect(onWebGpu.errors).toMatch(/^GPU memory: about /m);
  });
});

it('a provider that the runtime does not have ends the command, and says which it has', async () => {
  const { code, lines, errors } = await waltz(['info', '--provider', 'abacus']);
  expect([code, lines]).toEqual([1, []]);
  expect(errors).toContain('no execution provider "abacus"');
});
