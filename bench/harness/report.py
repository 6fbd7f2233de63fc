def write(results, folder):
    return ""
