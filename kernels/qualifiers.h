#pragma once

/// Marks a function that runs on the host (g++) and on the device (nvcc) alike. It is the only thing that
/// tells the two compilations apart; code that carries it uses plain structs and pointers, nothing else.
/// A file that is compiled for several instruction sets defines KILN_PRIVATE_KERNELS, so that each compilation keeps
/// its own copies of these functions.
#if defined(__CUDACC__)
#define KILN_HD __host__ __device__ inline
#elif defined(KILN_PRIVATE_KERNELS)
#define KILN_HD static inline
#else
#define KILN_HD inline
#endif

/// The same for what few scenes need: on the CPU it is kept out of the way of the rest.
#if defined(__CUDACC__)
#define KILN_HD_COLD KILN_HD
#else
#define KILN_HD_COLD KILN_HD __attribute__((noinline, cold))
#endif
