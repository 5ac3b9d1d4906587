#pragma once

/// Marks a function that runs on the host (g++) and on the device (nvcc) alike. It is the only thing that
/// tells the two compilations apart; code that carries it uses plain structs and pointers, nothing else.
#if defined(__CUDACC__)
#define KILN_HD __host__ __device__ inline
#else
#define KILN_HD inline
#endif
