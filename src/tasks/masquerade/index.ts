export * from './world';
export { createMasquerade } from './masquerade';
export { holdsExactChain, readFeedback } from './feedback-text';
export { expectedBaseRates, sharpen } from './calibration';
