#pragma once

#include <memory>

#include "kiln/error.h"
#include "kiln/scene.h"

/// One function per file; samples.cpp knows their names.
namespace kiln::scene {

using SampleResult = Result<std::shared_ptr<const Scene>>;

SampleResult make_cornell_box();
SampleResult make_material_grid();
SampleResult make_spheres_in_studio();
SampleResult make_terrain();
SampleResult make_instances();
SampleResult make_materials();

}  // namespace kiln::scene
