import { enabling, extensionFeatures } from '../../src/gpu/kernel';
import type { Factors } from './factors';
import type { MatmulKernel, Shape } from './kernels';

/** A device of the adapter that the contenders have, with all that kernels may need of it. */
export async function openDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  const requiredFeatures = Object.values(extensionFeatures).filter((feature) => adapter!.features.has(feature));
  return adapter!.requestDevice({ requiredFeatures });
}

/** Compiles a kernel for a shape; what comes back records one product of these factors. */
export async function bind(
  device: GPUDevice,
  kernel: MatmulKernel,
  shape: Shape,
  { buffers }: Factors,
): Promise<(pass: GPUComputePassEncoder) => void> {
  const module = device.createShaderModule({ code: enabling(kernel.extensions) + kernel.code(shape) });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [buffers.a[kernel.a], buffers.b[kernel.b], buffers.c].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    })),
  });
  return (pass) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...kernel.workgroups(shape));
  };
}

/** One pass in one submit; resolves when the GPU is done with it. */
export async function runPass(device: GPUDevice, record: (pass: GPUComputePassEncoder) => void): Promise<void> {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  record(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
}
