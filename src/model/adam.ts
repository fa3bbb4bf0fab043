/** AdamW's constants; the learning rate comes with each step. */
export const adam = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, decay: 0 } as const;
