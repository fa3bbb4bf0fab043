/** The chat model that is measured. */
export const modelName = 'SmolLM2-135M-Instruct';
