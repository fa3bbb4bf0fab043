export * from '../../task/task';
export { createMasquerade } from './masquerade';
export { holdsExactChain, readFeedback } from './feedback-text';
export { expectedBaseRates, sharpen } from './calibration';
