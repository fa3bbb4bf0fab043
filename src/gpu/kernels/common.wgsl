// In front of every kernel. Workgroups have 64 invocations; more than 32768 workgroups go on in y.
struct Dims {
  tokens: u32,    // tokens in the batch, packed one sequence after the other
  rows: u32,      // places where a next token is predicted
  sequences: u32,
  chunks: u32,    // slices of tokens whose weight gradients are summed apart
}

fn invocation(workgroup: vec3u, local: u32) -> u32 {
  return (workgroup.y * 32768u + workgroup.x) * 64u + local;
}
