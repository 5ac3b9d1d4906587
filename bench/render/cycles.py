"""Renders a glTF file with Blender's Cycles the way `kiln render` does, and prints the seconds that it took.

usage: blender -b --factory-startup --python cycles.py -- settings.json

settings.json: {"model", "environment" (path or null), "output" (.exr), "target": [x,y,z], "theta_deg", "phi_deg",
"radius", "vertical_fov_deg", "width", "height", "samples", "max_depth" (as Kiln counts: 1 is direct light only),
"seed", "threads"}. No denoiser, no adaptive sampling, transparent film, scene-linear EXR out.
"""
import json
import math
import sys
import time

import numpy

# Blender 3.4's glTF importer uses names that newer NumPy has dropped.
numpy.bool = bool
numpy.int = int

import bpy  # noqa: E402
from mathutils import Vector  # noqa: E402


def from_gltf(v):
    """glTF is +Y up, Blender +Z up: (x, y, z) -> (x, -z, y)."""
    return Vector((v[0], -v[2], v[1]))


def orbit_eye(s):
    theta, phi = math.radians(s['theta_deg']), math.radians(s['phi_deg'])
    offset = (math.sin(phi) * math.sin(theta), math.cos(phi), math.sin(phi) * math.cos(theta))
    return [t + s['radius'] * o for t, o in zip(s['target'], offset)]


def add_camera(scene, s):
    data = bpy.data.cameras.new('camera')
    data.sensor_fit = 'VERTICAL'
    data.angle = math.radians(s['vertical_fov_deg'])
    data.clip_start, data.clip_end = s['radius'] * 1e-3, s['radius'] * 1e3
    camera = bpy.data.objects.new('camera', data)
    camera.location = from_gltf(orbit_eye(s))
    camera.rotation_euler = (from_gltf(s['target']) - camera.location).to_track_quat('-Z', 'Y').to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera


def add_environment(scene, path):
    """An equirectangular image, or radiance 1 from everywhere where `path` is None."""
    scene.world = bpy.data.worlds.new('world')
    scene.world.use_nodes = True
    nodes, links = scene.world.node_tree.nodes, scene.world.node_tree.links
    if path is None:
        nodes['Background'].inputs['Color'].default_value = (1, 1, 1, 1)
        return
    texture = nodes.new('ShaderNodeTexEnvironment')
    texture.image = bpy.data.images.load(path)
    links.new(texture.outputs['Color'], nodes['Background'].inputs['Color'])


def set_up_cycles(scene, s):
    scene.render.engine = 'CYCLES'
    c = scene.cycles
    c.device, c.samples, c.seed = 'CPU', s['samples'], s['seed']
    c.use_adaptive_sampling = c.use_denoising = False
    bounces = s['max_depth'] - 1
    for name in ('max_bounces', 'diffuse_bounces', 'glossy_bounces', 'transmission_bounces', 'volume_bounces'):
        setattr(c, name, bounces)
    c.transparent_max_bounces = 64
    c.sample_clamp_direct = c.sample_clamp_indirect = c.blur_glossy = 0
    c.caustics_reflective = c.caustics_refractive = True
    c.pixel_filter_type, c.filter_width = 'BLACKMAN_HARRIS', 1.5  # as Kiln's
    r = scene.render
    r.resolution_x, r.resolution_y, r.resolution_percentage = s['width'], s['height'], 100
    r.film_transparent = True
    if s['threads']:
        r.threads_mode, r.threads = 'FIXED', s['threads']
    r.image_settings.file_format, r.image_settings.color_mode, r.image_settings.color_depth = 'OPEN_EXR', 'RGBA', '32'
    r.filepath = s['output']


def main():
    s = json.load(open(sys.argv[sys.argv.index('--') + 1]))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    bpy.ops.import_scene.gltf(filepath=s['model'])
    add_camera(scene, s)
    add_environment(scene, s['environment'])
    set_up_cycles(scene, s)
    start = time.monotonic()
    bpy.ops.render.render(write_still=False)
    seconds = time.monotonic() - start
    bpy.data.images['Render Result'].save_render(s['output'])
    print(f'CYCLES_SECONDS {seconds:.3f}', flush=True)


main()
