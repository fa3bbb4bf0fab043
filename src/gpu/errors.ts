/** Every fault of the GPU that a visitor can meet, each a sentence that says what to do. */
export class GpuUnavailableError extends Error {
  override name = 'GpuUnavailableError';
}

export class KernelCompileError extends Error {
  override name = 'KernelCompileError';
}

export class GpuValidationError extends Error {
  override name = 'GpuValidationError';
}

export class GpuMemoryError extends Error {
  override name = 'GpuMemoryError';
}

export class GpuLostError extends Error {
  override name = 'GpuLostError';
}
