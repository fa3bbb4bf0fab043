/** Models to begin with. Each entry says what it rests on: nothing here is known from hearsay. */
export interface CatalogueEntry {
  /** As it is asked for. */
  address: string;
  name: string;
  /** Parameters, as its maker has them. */
  parameters: string;
  licence: string;
  /** Whether its page asks for a licence to be accepted, and so for a token. */
  gated: boolean;
  purpose: string;
  /** What was measured of it with this software; null where nothing was. */
  measured: string | null;
  /** Where its licence and size are from. */
  source: string;
}

export const catalogue: readonly CatalogueEntry[] = [
  {
    address: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    name: 'SmolLM2-135M-Instruct',
    parameters: '135M',
    licence: 'Apache 2.0',
    gated: false,
    purpose: 'The smallest of these: the one to begin with.',
    measured: 'How fast a model of its shape reads a prompt stands in docs/performance.md.',
    source: 'https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct',
  },
  {
    address: 'HuggingFaceTB/SmolLM2-360M-Instruct',
    name: 'SmolLM2-360M-Instruct',
    parameters: '360M',
    licence: 'Apache 2.0',
    gated: false,
    purpose: 'Its larger sister, with 2.7 times the parameters.',
    measured: null,
    source: 'https://huggingface.co/HuggingFaceTB/SmolLM2-360M-Instruct',
  },
  {
    address: 'meta-llama/Llama-3.2-1B-Instruct',
    name: 'Llama-3.2-1B-Instruct',
    parameters: '1.24B',
    licence: 'Llama 3.2 Community License',
    gated: true,
    purpose: 'The largest of these, for machines with gigabytes to spare.',
    measured: null,
    source: 'https://huggingface.co/meta-llama/Llama-3.2-1B-Instruct',
  },
];
