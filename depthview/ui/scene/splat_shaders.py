"""The splats' shaders: one square per splat, as large as its light reaches, pulled out of texture buffers.

Kerbl et al. 2023 (projection, blending) and Yu et al. 2024 (what makes up for the low-pass), after Zwicker et al. 2001.
OpenGL 3.2 and no geometry shader, so that it runs on every card that the rest of the window runs on.
"""

_FETCH = """
vec4 geometry(int chunk, int at) {{
{geometry}
}}
vec3 colour(int chunk, int at) {{
{colour}
}}
"""

_VERTEX = """//VTK::System::Dec
uniform isamplerBuffer order;
{samplers}
uniform vec3 eye; uniform vec3 right; uniform vec3 down; uniform vec3 forward;
uniform vec2 halfPx; uniform vec2 widest; uniform vec2 depthOf;
uniform float focalPx; uniform float nearest; uniform float farthest; uniform float dotPx;
uniform int withoutPerspective; uniform int firstInstance;
flat out vec4 light;
out vec2 away;
{fetch}
void main() {{
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  light = vec4(0.0);
  away = vec2(0.0);
  int splat = texelFetch(order, firstInstance + gl_InstanceID).r;
  int chunk = splat / {chunk};
  int at = splat - {chunk} * chunk;
  vec4 place = geometry(chunk, 3 * at);
  vec3 out_ = place.xyz - eye;
  vec3 c = vec3(dot(right, out_), dot(down, out_), dot(forward, out_));
  if (!(c.z > nearest && c.z < farthest) || place.w < 1.0 / 255.0) return;

  // Rows of J R: how a step in the world moves on the picture.
  float scale = withoutPerspective != 0 ? focalPx : focalPx / c.z;
  vec2 slope = withoutPerspective != 0 ? vec2(0.0) : clamp(c.xy / c.z, -widest, widest);
  vec3 across = scale * (right - slope.x * forward);
  vec3 along = scale * (down - slope.y * forward);
  vec4 A = geometry(chunk, 3 * at + 1);
  vec4 B = geometry(chunk, 3 * at + 2);
  vec3 turned = vec3(dot(A.xyz, across), dot(vec3(A.y, A.w, B.x), across), dot(vec3(A.z, B.x, B.y), across));
  float xx = dot(across, turned);
  float xy = dot(along, turned);
  float yy = dot(along, vec3(dot(A.xyz, along), dot(vec3(A.y, A.w, B.x), along), dot(vec3(A.z, B.x, B.y), along)));
  // In units in which nothing overflows, however large the splat is.
  float unit = 1.0 / max(xx + yy, 1.0);
  xx *= unit; xy *= unit; yy *= unit;
  float pass = 0.3 * unit;
  float before = max(xx * yy - xy * xy, 0.0);
  float after = before + pass * (xx + yy) + pass * pass;
  float opacity = B.z > 0.5 ? place.w * sqrt(before / after) : place.w;
  if (opacity < 1.0 / 255.0 && dotPx == 0.0) return;

  // The axes of the ellipse, and how far along them alpha is 1/255.
  float lean = 0.5 * (xx - yy);
  float split = length(vec2(lean, xy));
  float longer = 0.5 * (xx + yy) + pass + split;
  float shorter = max(after / longer, pass);
  vec2 first = lean < 0.0 ? vec2(xy, split - lean) : vec2(split + lean, xy);
  float largest = max(abs(first.x), abs(first.y));
  first = largest > 1e-18 ? normalize(first / largest) : vec2(1.0, 0.0);
  float reach = sqrt(max(2.0 * log(opacity * 255.0), 0.0));
  vec2 size = reach * sqrt(vec2(longer, shorter) / unit);
  if (dotPx > 0.0) {{
    first = vec2(1.0, 0.0); size = vec2(dotPx / 2.0); reach = 0.0; opacity = 1.0;
  }}
  vec2 corner = vec2((gl_VertexID & 1) * 2 - 1, (gl_VertexID >> 1) * 2 - 1);
  vec2 px = scale * c.xy + size.x * corner.x * first + size.y * corner.y * vec2(first.y, -first.x);
  vec2 spread = size.x * abs(first) + size.y * abs(first.yx);
  if (any(greaterThan(abs(scale * c.xy) - spread, halfPx))) return;
  // Flat at its middle's depth. What is within near and far here must not be cut off by rounding.
  float z = withoutPerspective != 0 ? depthOf.x + depthOf.y * c.z : depthOf.x + depthOf.y / c.z;
  gl_Position = vec4(px.x / halfPx.x, -px.y / halfPx.y, clamp(z, -1.0, 1.0), 1.0);
  light = vec4(colour(chunk, 3 * at), opacity);
  away = reach * corner;
}}
"""

FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
uniform float dotPx;
flat in vec4 light;
in vec2 away;
void main() {
  float alpha = min(0.99, light.a * exp(-0.5 * dot(away, away)));
  if (alpha < 1.0 / 255.0) discard;
  gl_FragData[0] = vec4(light.rgb, dotPx > 0.0 ? 1.0 : alpha);
}
"""


def vertex_shader(chunks: int, chunk_size: int) -> str:
    """For splats in so many buffers of `chunk_size`: `geometry0` three vec4 each, `colour0` three floats each, ..."""
    names = range(chunks)
    samplers = "\n".join(f"uniform samplerBuffer geometry{k}; uniform samplerBuffer colour{k};" for k in names)
    geometry = _chosen(chunks, "texelFetch(geometry{k}, at)")
    colour = _chosen(
        chunks, "vec3(" + ", ".join(f"texelFetch(colour{{k}}, at{more}).r" for more in ("", " + 1", " + 2")) + ")"
    )
    fetch = _FETCH.format(geometry=geometry, colour=colour)
    return _VERTEX.format(samplers=samplers, fetch=fetch, chunk=chunk_size)


def _chosen(chunks: int, fetch: str) -> str:
    """Samplers cannot be chosen by a number before OpenGL 4."""
    lines = [f"  if (chunk == {k}) return {fetch.format(k=k)};" for k in range(chunks - 1)]
    return "\n".join([*lines, f"  return {fetch.format(k=chunks - 1)};"])
