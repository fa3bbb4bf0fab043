export * from './world';
export { createMasquerade } from './masquerade';
export { holdsExactChain } from './feedback-text';
export { expectedBaseRates, sharpen } from './calibration';
