"""What a pod specification becomes for each of its containers: inheritance, the API's defaults, the runtime's defaults.

Pure functions from parsed objects to workloads. Every default is marked as assumed. Judging is not done here.
"""
