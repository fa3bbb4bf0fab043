/** What our backends are called in results and tables. */
export const oursOnGpu = 'ours (WebGPU)';
export const oursOnCpu = 'ours (CPU)';
/** What we were called when WebGPU was the only one. */
export const oursAlone = 'ours';
