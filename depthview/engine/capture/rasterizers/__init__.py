"""Pictures of Gaussians that can be learnt from: the same equations on the processor and on an NVIDIA card."""
