// In front of every kernel. Workgroups have 64 invocations; more than 32768 workgroups go on in y.
//
// Activations stand in one of two layouts. By token: [token, feature], four features a vec4. By feature: [feature, token],
// four tokens a vec4, every feature's tokens padded to sixteen. A product runs along the first index of both its factors, so
// it reads both of them in vec4s.

// Number of a workgroup.
fn index(workgroup: vec3u) -> u32 {
  return workgroup.y * 32768u + workgroup.x;
}

fn invocation(workgroup: vec3u, local: u32) -> u32 {
  return index(workgroup) * 64u + local;
}

// vec4s from one feature to the next, by feature.
fn depth(count: u32) -> u32 {
  return (count + 15u) / 16u * 4u;
}
