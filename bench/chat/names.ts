/** Peers in the page that open a chat model. */
export const wllama = 'wllama';
export const transformersJs = 'transformers.js';
