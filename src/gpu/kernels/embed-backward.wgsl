// gradient[id] = sum of dx over the id's occurrences, which the host lists in order, so that no two invocations add to one
// place. Where head and embedding are one matrix, the sum adds to the head's gradient. occurrences[id] .. occurrences[id + 1]
// are the id's entries in the list behind the starts.
@group(0) @binding(0) var<storage, read> occurrences: array<u32>;
@group(0) @binding(1) var<storage, read> dx: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gradient: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let id = at / WIDTH;
  if (id >= VOCABULARY) { return; }
  var sum = select(vec4f(), gradient[at], TIED == 1u);
  let end = occurrences[id + 1u];
  for (var i = occurrences[id]; i < end; i++) {
    sum += dx[occurrences[VOCABULARY + 1u + i] * WIDTH + at % WIDTH];
  }
  gradient[at] = sum;
}
