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
