// Closes the gaps that finished sequences left, keeping the order, so that no later kernel works for them.
struct Token { id: u32, position: u32, base: u32, link: u32 }
struct Sequence { rollout: u32, made: u32, alive: u32, pad: u32 }
@group(0) @binding(0) var<storage, read_write> dims: Dims;
@group(0) @binding(1) var<storage, read_write> tokens: array<Token>;
@group(0) @binding(2) var<storage, read> sequences: array<Sequence>;

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
