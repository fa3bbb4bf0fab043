// Closes the gaps that finished sequences left, keeping the order, so that no later kernel works for them.
@group(0) @binding(0) var<storage, read_write> dims: Dims;
@group(0) @binding(1) var<storage, read_write> tokens: array<Token>;
@group(0) @binding(2) var<storage, read> sequences: array<GeneratedSequence>;

@compute @workgroup_size(1)
fn main() {
  var live = 0u;
  for (var r = 0u; r < dims.tokens; r++) {
    let token = tokens[r];
    if (sequences[token.link].alive == 1u) {
      tokens[live] = token;
      live++;
    }
  }
  dims.tokens = live;
  dims.rows = live;
}
