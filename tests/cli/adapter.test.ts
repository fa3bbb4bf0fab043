import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { ClosedGpuError, NoAdapterError, openGpu } from '../../cli/adapter';

describe('openGpu', () => {
  it('opens an adapter, names it, and leaves the environment as it was', async () => {
    const before = { ...process.env };
    const opened = await openGpu();
    expect(['gpu', 'lavapipe', 'swiftshader']).toContain(opened.name);
    expect(opened.description).not.toBe('');
    expect(process.env['VK_ICD_FILENAMES']).toBe(before['VK_ICD_FILENAMES']);
    expect(process.env['VK_DRIVER_FILES']).toBe(before['VK_DRIVER_FILES']);
    opened.close();
    expect(() => opened.gpu).toThrow(ClosedGpuError);
  });

  it('leaves the cores to a software driver while it computes', async () => {
    const opened = await openGpu('lavapipe').catch(() => openGpu('swiftshader'));
    const device = await opened.adapter.requestDevice();
    const module = device.createShaderModule({
      code: `@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
          var sum = f32(id.x);
          for (var i = 0u; i < 20000u; i++) { sum = fma(sum, 0.999, 1.0); }
          sums[id.x] = sum;
        }`,
    });
    const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
    const buffer = device.createBuffer({ size: 4 * 65_536, usage: GPUBufferUsage.STORAGE });
    const bindings = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer } }],
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(1024);
    pass.end();
    device.queue.submit([encoder.finish()]);
    const before = performance.eventLoopUtilization();
    await device.queue.onSubmittedWorkDone();
    const { active, idle } = performance.eventLoopUtilization(before);
    expect(active + idle).toBeGreaterThan(50);
    expect(active).toBeLessThan(0.5 * (active + idle));
    device.destroy();
    opened.close();
  });

  it('gives the adapter that was asked for, or says what brings it', async () => {
    for (const choice of ['gpu', 'lavapipe', 'swiftshader'] as const) {
      const opened = await openGpu(choice).catch((error: unknown) => error);
      if (opened instanceof Error) {
        expect(opened).toBeInstanceOf(NoAdapterError);
        expect(opened.message).toContain(`--adapter ${choice}`);
        expect(opened.message).toMatch(/install/i);
      } else {
        expect(opened).toMatchObject({ name: choice });
      }
    }
  });
});
