/** What computes, in words: a GPU's adapter, or a processor. */
export interface AdapterSummary {
  description: string;
  vendor: string;
  architecture: string;
  /** Whether a processor does it, as with SwiftShader, lavapipe and the like. */
  software: boolean;
  features: string[];
}
