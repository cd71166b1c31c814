"""What OpenUSD says is drawn: points in world space and the triangles between them, for each prim.

Gprims are sampled here, not read from the product: more finely than it draws them, and independently.
"""

import math

from pxr import Gf, Usd, UsdGeom, UsdShade

AROUND = 36
ALONG = 18
AXES = {"X": lambda p: (p[2], p[0], p[1]), "Y": lambda p: (p[1], p[2], p[0]), "Z": lambda p: p}


class Shape:
    """One prim: parts of (points in world space, triangles as point indices); its pixels may have holes."""

    def __init__(self, parts, holes):
        self.parts, self.holes = parts, holes


def of_stage(path):
    """{prim path: Shape} of everything visible with purpose default or render, at the default time."""
    stage = Usd.Stage.Open(path)
    cache = UsdGeom.XformCache(Usd.TimeCode.Default())
    shapes = {}
    everything = iter(Usd.PrimRange.Stage(stage, Usd.TraverseInstanceProxies(Usd.PrimDefaultPredicate)))
    for prim in everything:
        if prim.IsA(UsdGeom.PointInstancer):
            everything.PruneChildren()
            _instanced(UsdGeom.PointInstancer(prim), cache, shapes)
        elif _is_seen(prim):
            local = _local(prim)
            if local:
                world = cache.GetLocalToWorldTransform(prim)
                shapes[str(prim.GetPath())] = Shape([(_moved(local[0], world), local[1])], _has_holes(prim))
    return shapes


def _is_seen(prim):
    image = UsdGeom.Imageable(prim)
    if not image or image.ComputeVisibility() == UsdGeom.Tokens.invisible:
        return False
    # Purposes that do not exist count as "default", as they do in OpenUSD.
    return image.ComputePurpose() not in (UsdGeom.Tokens.proxy, UsdGeom.Tokens.guide)


def _has_holes(prim):
    """Opacity may cut pixels out, so that the box of the pixels says nothing."""
    opacity = UsdGeom.Gprim(prim).GetDisplayOpacityAttr().Get()
    if opacity and min(opacity) < 1:
        return True
    subsets = UsdGeom.Subset.GetAllGeomSubsets(UsdGeom.Imageable(prim))
    for part in [prim, *(subset.GetPrim() for subset in subsets)]:
        material = UsdShade.MaterialBindingAPI(part).ComputeBoundMaterial()[0]
        surface = material.ComputeSurfaceSource()[0] if material else None
        given = surface.GetInput("opacity") if surface else None
        if given and (given.HasConnectedSource() or given.Get() not in (None, 1)):
            return True
    return False


def _instanced(instancer, cache, shapes):
    """All instances are one prim in the picture: the instancer."""
    prim = instancer.GetPrim()
    transforms = instancer.ComputeInstanceTransformsAtTime(Usd.TimeCode.Default(), Usd.TimeCode.Default())
    if not transforms or not _is_seen(prim):
        return
    world = cache.GetLocalToWorldTransform(prim)
    prototypes = [prim.GetStage().GetPrimAtPath(path) for path in instancer.GetPrototypesRel().GetForwardedTargets()]
    parts = []
    for prototype in prototypes:
        into_prototype = cache.GetLocalToWorldTransform(prototype).GetInverse()
        found = []
        for child in Usd.PrimRange(prototype, Usd.TraverseInstanceProxies(Usd.PrimDefaultPredicate)):
            local = _local(child) if _is_seen(child) else None
            if local:
                # ComputeInstanceTransformsAtTime includes the prototype's own transform.
                found.append((_moved(local[0], cache.GetLocalToWorldTransform(child) * into_prototype), local[1]))
        parts.append(found)
    indices = instancer.GetProtoIndicesAttr().Get()
    mask = instancer.ComputeMaskAtTime(Usd.TimeCode.Default())
    kept = [index for at, index in enumerate(indices) if not mask or mask[at]]
    placed = [
        (_moved(points, transform * world), triangles)
        for index, transform in zip(kept, transforms)
        for points, triangles in parts[index]
    ]
    if placed:
        shapes[str(prim.GetPath())] = Shape(placed, False)


def _moved(points, matrix):
    return [tuple(matrix.Transform(Gf.Vec3d(*point))) for point in points]


def _local(prim):
    """(points, triangles) in the prim's own space, or None if it is no surface."""
    kind = prim.GetTypeName()
    value = lambda name: prim.GetAttribute(name).Get()
    if prim.IsA(UsdGeom.Mesh):
        return _mesh(value("points"), value("faceVertexCounts"), value("faceVertexIndices"))
    if kind == "Cube":
        half = value("size") / 2
        points = [(x, y, z) for x in (-half, half) for y in (-half, half) for z in (-half, half)]
        faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        return points, [t for a, b, c, d in faces for t in ((a, b, c), (a, c, d))]
    if kind == "Plane":
        w, l, turn = value("width") / 2, value("length") / 2, AXES[value("axis")]
        return [turn(p) for p in ((-w, -l, 0), (w, -l, 0), (w, l, 0), (-w, l, 0))], [(0, 1, 2), (0, 2, 3)]
    if kind == "Sphere":
        radius = value("radius")
        return _turned([(radius * math.sin(a), -radius * math.cos(a)) for a in _steps(0, math.pi)], "Z")
    if kind == "Cylinder":
        radius, half = value("radius"), value("height") / 2
        return _turned([(0, -half), (radius, -half), (radius, half), (0, half)], value("axis"))
    if kind == "Cone":
        radius, half = value("radius"), value("height") / 2
        return _turned([(0, -half), (radius, -half), (0, half)], value("axis"))
    if kind == "Capsule":
        radius, half = value("radius"), value("height") / 2
        bottom = [(radius * math.sin(a), -half - radius * math.cos(a)) for a in _steps(0, math.pi / 2)]
        top = [(radius * math.sin(a), half - radius * math.cos(a)) for a in _steps(math.pi / 2, math.pi)]
        return _turned(bottom + top, value("axis"))
    return None


def _steps(first, last):
    return [first + (last - first) * i / ALONG for i in range(ALONG + 1)]


def _turned(outline, axis):
    """The surface that an outline of (radius, height) makes around an axis."""
    turn, points, triangles = AXES[axis], [], []
    for radius, height in outline:
        for i in range(AROUND):
            angle = 2 * math.pi * i / AROUND
            points.append(turn((radius * math.cos(angle), radius * math.sin(angle), height)))
    for ring in range(len(outline) - 1):
        for i in range(AROUND):
            a, b = ring * AROUND + i, ring * AROUND + (i + 1) % AROUND
            triangles += [(a, b, b + AROUND), (a, b + AROUND, a + AROUND)]
    return points, triangles


def _mesh(points, counts, corners):
    """Fans are enough: a concave face covers no more than its fan does. Points of no face are left out."""
    if not points or not counts:
        return None
    numbers, kept, triangles, at = {}, [], [], 0
    for count in counts:
        face = []
        for corner in corners[at : at + count]:
            if corner not in numbers:
                numbers[corner] = len(kept)
                kept.append(tuple(points[corner]))
            face.append(numbers[corner])
        triangles += [(face[0], face[i], face[i + 1]) for i in range(1, count - 1)]
        at += count
    return kept, triangles
