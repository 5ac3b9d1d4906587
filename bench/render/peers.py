"""Renders one view of a model with `kiln render` (CPU) or with Blender's Cycles (CPU): what the benches that compare the
two share. A case is {"target": [x,y,z], "theta_deg", "phi_deg", "radius"}; `options` has max_depth, size, threads and
environment (a path, or None: radiance 1 from everywhere).
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VERTICAL_FOV_DEG = 45


def kiln_command(kiln, model, case, samples, seed, output, options):
    numbers = [*case['target'], case['theta_deg'], case['phi_deg'], case['radius']]
    return [kiln, 'render', model, '-o', output, '--backend', 'cpu', '--threads', str(options.threads),
            '--orbit', *map(str, numbers), '--fov', str(VERTICAL_FOV_DEG), '--width', str(options.size),
            '--height', str(options.size), '--samples', str(samples), '--seed', str(seed),
            '--max-depth', str(options.max_depth), '--background', 'transparent',
            '--environment', options.environment or '1,1,1']


def cycles_seconds(model, case, samples, seed, output, options, folder):
    """Of its render operator alone. `folder` takes a file of settings."""
    settings = dict(case, model=os.path.abspath(model), output=output, vertical_fov_deg=VERTICAL_FOV_DEG,
                    width=options.size, height=options.size, samples=samples, max_depth=options.max_depth, seed=seed,
                    threads=options.threads,
                    environment=os.path.abspath(options.environment) if options.environment else None)
    path = os.path.join(folder, 'settings.json')
    with open(path, 'w') as f:
        json.dump(settings, f)
    # Blender looks for its Python modules beside the first python3 on the path: that must be Debian's.
    run = subprocess.run(['blender', '-b', '--factory-startup', '--python-exit-code', '1', '--python',
                          os.path.join(HERE, 'cycles.py'), '--', path],
                         capture_output=True, text=True, env=dict(os.environ, PATH='/usr/bin:/bin'))
    for line in run.stdout.splitlines():
        if line.startswith('CYCLES_SECONDS '):
            return float(line.split()[1])
    sys.exit(f'blender failed:\n{run.stdout[-2000:]}\n{run.stderr[-2000:]}')
